"""Sending: both see it once, the ack comes after the commit, outsiders learn nothing."""

import uuid
from collections.abc import Callable

import pytest

from tests.support.database import rows, stored_messages
from tests.support.people import Cast, Person, is_recent
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.workers import beside

Connect = Callable[..., Socket]


def test_the_ack_has_the_message_and_the_other_gets_it(
    alice: Person, bob: Person, conversation: int, connect: Connect
) -> None:
    hers, his = connect(alice), connect(bob)
    client_id = str(uuid.uuid4())
    message = hers.send(conversation, "Hello, Bob", client_id)
    assert is_recent(message["created_at"])
    assert message["created_at"].endswith("Z")
    assert {name: value for name, value in message.items() if name not in ("id", "created_at")} == {
        "conversation_id": conversation,
        "seq": 1,
        "version": 1,
        "kind": "text",
        "client_id": client_id,
        "sender_id": alice.id,
        "body": "Hello, Bob",
        "edited_at": None,
        "deleted_at": None,
        "reply_to_seq": None,
        "attachments": [],
        "reactions": {},
    }
    assert his.wait_for("message_created")["message"] == message


def test_all_sockets_get_it_once_but_the_sending_one(
    alice: Person, bob: Person, conversation: int, connect: Connect
) -> None:
    sending = connect(alice)
    others = [connect(alice), connect(alice, "polling"), connect(bob), connect(bob, "polling")]
    message = sending.send(conversation)
    for socket in others:
        assert socket.wait_for("message_created")["message"] == message
    for socket in [sending, *others]:
        socket.settle()
    assert sending.got("message_created") == []
    assert [len(socket.got("message_created")) for socket in others] == [1, 1, 1, 1]


def test_both_directions(alice: Person, bob: Person, conversation: int, connect: Connect) -> None:
    hers, his = connect(alice), connect(bob)
    assert hers.send(conversation, "ping")["seq"] == 1
    his.wait_for("message_created")
    assert his.send(conversation, "pong")["seq"] == 2
    assert hers.wait_for("message_created")["message"]["body"] == "pong"


def test_acked_is_stored(server: Server, alice: Person, conversation: int, connect: Connect) -> None:
    message = connect(alice).send(conversation, "durable")
    (row,) = stored_messages(server.database, conversation)
    assert (row["id"], row["seq"], row["body"]) == (message["id"], 1, "durable")


@pytest.mark.one_process("about SQLite's own settings")
def test_the_database_is_set_up_to_survive_a_power_cut(server: Server, alice: Person) -> None:
    assert alice.id
    assert rows(server.database, "PRAGMA journal_mode") == [{"journal_mode": "wal"}]


def test_one_clients_messages_keep_their_order(alice: Person, bob: Person, conversation: int, connect: Connect) -> None:
    """Fired off without waiting for any ack."""
    hers, his = connect(alice), connect(bob)
    for number in range(50):
        hers.emit(
            "message_create",
            {"conversation_id": conversation, "client_id": str(uuid.uuid4()), "body": str(number)},
        )
    his.wait_for("message_created", lambda data: data["message"]["seq"] == 50)
    assert [message["body"] for message in bob.messages(conversation)] == [str(number) for number in range(50)]
    assert [data["message"]["seq"] for data in his.got("message_created")] == list(range(1, 51))


def test_the_body_is_trimmed(alice: Person, conversation: int, connect: Connect) -> None:
    assert connect(alice).send(conversation, " \n\t two\n lines \r\n ")["body"] == "two\n lines"


@pytest.mark.parametrize(
    "body",
    [
        "x",
        "x" * 10_000,
        "👩‍👩‍👧" * 1250,
        "\U0001f600" * 10_000,
        "مرحبا بالعالم",
        "<script>alert(1)</script>",
        "'; DROP TABLE message; --",
        "\\u0000 \\x00",
        "\u202e\u200b\ufeffx",
        "\ufffd\uffff",
        "\x01\x1f\x7f",
        '{"json": ["true"]}',
    ],
    ids=lambda body: ascii(body)[:30],
)
def test_any_text_comes_back_as_it_was(
    alice: Person, bob: Person, conversation: int, connect: Connect, body: str
) -> None:
    hers, his = connect(alice), connect(bob)
    sent = hers.send(conversation, body)["body"]
    assert sent == body or sent == body.strip()
    assert his.wait_for("message_created")["message"]["body"] == sent
    assert bob.messages(conversation)[0]["body"] == sent


def test_an_outsider_is_told_it_is_not_there_and_hears_nothing(
    server: Server, alice: Person, bob: Person, charlie: Person, conversation: int, connect: Connect
) -> None:
    hers, outsider = connect(alice), connect(charlie)
    witness = beside(server, connect, outsider, bob)
    not_his = outsider.try_send(conversation)
    not_there = outsider.try_send(999_999_999)
    assert not_his["ok"] is False
    assert not_his["error"]["code"] == "not_found"
    assert not_his == not_there, "the answer tells whether the conversation exists"
    hers.send(conversation, "between us")
    witness.wait_for("message_created")
    outsider.settle()
    assert [event for event, _ in outsider.events if event != "user_added"] == []
    assert [message["body"] for message in bob.messages(conversation)] == ["between us"]


def test_a_conversation_made_meanwhile_reaches_open_sockets(alice: Person, bob: Person, connect: Connect) -> None:
    """The sockets were there before the conversation was."""
    hers, second, his = connect(alice), connect(alice), connect(bob)
    conversation = alice.talk_to(bob)
    for socket in (second, his):
        socket.wait_until_in(conversation)
    message = hers.send(conversation, "first words")
    for socket in (second, his):
        assert socket.wait_for("message_created")["message"] == message
        socket.settle()
        assert len(socket.got("message_created")) == 1


def test_unknown_fields_are_ignored(alice: Person, conversation: int, connect: Connect) -> None:
    ack = connect(alice).try_send(conversation, "hello", colour="green", sender_id=1, seq=99, kind="system")
    assert ack["ok"] is True
    assert (ack["message"]["sender_id"], ack["message"]["seq"], ack["message"]["kind"]) == (alice.id, 1, "text")


def test_a_send_moves_ones_own_mark_only_when_nothing_unread_lay_before(
    alice: Person, bob: Person, conversation: int, connect: Connect
) -> None:
    hers, his = connect(alice), connect(bob)
    hers.send(conversation, "one")
    his.send(conversation, "two")
    mine = alice.json(f"/api/conversations/{conversation}")["conversation"]
    theirs = bob.json(f"/api/conversations/{conversation}")["conversation"]
    assert (mine["last_read_seq"], mine["unread"]) == (1, 1)
    assert (theirs["last_read_seq"], theirs["unread"]) == (0, 1)


def test_flooding_is_throttled_and_may_be_retried(
    start_server: Callable[..., Server], make_cast: Callable[[Server], Cast], connect: Connect
) -> None:
    cast = make_cast(start_server(RATE_LIMITS="on"))
    conversation = cast.alice.talk_to(cast.bob)
    hers = connect(cast.alice)
    acks = hers.request_all(
        "message_create",
        [{"conversation_id": conversation, "client_id": str(uuid.uuid4()), "body": str(at)} for at in range(80)],
    )
    refused = [ack["error"] for ack in acks if not ack["ok"]]
    assert refused, "80 at once were let through"
    assert {error["code"] for error in refused} == {"rate_limited"}
    assert all(error["retry_after"] > 0 for error in refused)
    assert len(cast.bob.messages(conversation)) == len(acks) - len(refused)
    assert connect(cast.bob).try_send(conversation)["ok"] is True, "one who floods does not silence others"
