"""`unread_mark`, and what counts as unread at all."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.demo import send_many
from tests.support.groups import add, make_group, rename, view
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually
from tests.support.workers import beside

Connect = Callable[..., Socket]


@pytest.fixture
def read(alice: Person, bob: Person, conversation: int, connect: Connect) -> int:
    """Five messages of Alice that Bob has read."""
    send_many(connect(alice), conversation, 5)
    assert mark(connect(bob), "read_mark", conversation, 5) == 5
    return conversation


def mark(socket: Socket, event: str, conversation: int, seq: Any) -> int:
    ack = socket.request(event, {"conversation_id": conversation, "seq": seq})
    assert ack["ok"] is True, ack
    return ack["last_read_seq"]


def counts(person: Person, conversation: int) -> tuple[int, int]:
    shown = view(person, conversation)
    return shown["last_read_seq"], shown["unread"]


def test_a_message_and_what_follows_is_unread_again(bob: Person, read: int, connect: Connect) -> None:
    his = connect(bob)
    assert mark(his, "unread_mark", read, 3) == 2
    assert counts(bob, read) == (2, 3)
    assert bob.boot(f"/chat/{read}")["open"]["first_unread_seq"] == 3
    assert his.request("sync", {"cursors": {str(read): 5}})["reads"] == {str(read): 2}
    assert mark(his, "read_mark", read, 4) == 4, "reading on is as ever"
    assert counts(bob, read) == (4, 1)


def test_never_forward(bob: Person, read: int, connect: Connect) -> None:
    his = connect(bob)
    assert mark(his, "unread_mark", read, 2) == 1
    for seq in (2, 4, 5, 6, 1000):
        assert mark(his, "unread_mark", read, seq) == 1
    assert counts(bob, read) == (1, 4)


def test_marks_that_wait_for_somebody_else_are_moved_in_the_order_of_their_wishes(
    server: Server, bob: Person, read: int, connect: Connect
) -> None:
    his, acks = connect(bob), []
    wishes = [("unread_mark", 3), ("read_mark", 5)] * 40 + [("unread_mark", 2)]
    with server.database.locked("membership", "conversation_id = ? AND user_id = ?", read, bob.id):
        for event, seq in wishes:
            his.emit(event, {"conversation_id": read, "seq": seq}, acks.append)
            time.sleep(0.002)  # so that some come while others are just being tried
    eventually(lambda: len(acks) == len(wishes))
    assert [ack.get("last_read_seq") for ack in acks] == [2, 5] * 40 + [1]
    assert counts(bob, read) == (1, 4)


def test_only_ones_own_pages_hear_of_it(
    server: Server, alice: Person, bob: Person, conversation: int, connect: Connect
) -> None:
    hers, his = connect(alice), connect(bob)
    other = beside(server, connect, hers, bob)
    send_many(hers, conversation, 5)
    steps = (("read_mark", 5, 5), ("unread_mark", 2, 1), ("read_mark", 4, 4), ("read_mark", 5, 5))
    told = [{"conversation_id": conversation, "user_id": bob.id, "last_read_seq": to} for _, _, to in steps]
    for event, seq, _ in steps:
        mark(his, event, conversation, seq)
    for socket in (his, other):
        eventually(lambda socket=socket: socket.got("read_marked") == told)  # type: ignore[misc]
    hers.settle()
    assert hers.got("read_marked") == told[:1], "the others are what she knows already"
    reads = alice.json(f"/api/conversations/{conversation}/changes?since=5")["conversation"]["reads"]
    assert reads[str(bob.id)] == 5, "what was seen was seen"


def test_what_was_seen_stays_seen(alice: Person, bob: Person, read: int, connect: Connect) -> None:
    mark(connect(bob), "unread_mark", read, 1)
    assert counts(bob, read) == (0, 5)
    assert alice.json(f"/api/conversations/{read}/messages")["reads"][str(bob.id)] == 5
    assert alice.json(f"/api/conversations/{read}/messages/4/readers")["count"] == 1


def test_never_back_beyond_what_one_may_see(cast: Cast, connect: Connect) -> None:
    alice, bob = cast.alice, cast.bob
    group = make_group(alice, cast.charlie)
    hers = connect(alice)
    send_many(hers, group, 4)
    add(alice, group, bob, history="from_now")  # seq 6
    his = connect(bob)
    for seq in (1, 5, 6):
        assert mark(his, "unread_mark", group, seq) == 5
        assert counts(bob, group) == (5, 0), "neither what was before nor the line about oneself"
    hers.send(group, "hello")
    assert counts(bob, group) == (5, 1)


def test_lines_and_deleted_and_own_messages_never_count(
    server: Server, alice: Person, bob: Person, connect: Connect
) -> None:
    group = make_group(alice, bob)
    hers, his = connect(alice), connect(bob)
    hers.send(group, "one")
    his.send(group, "my own")
    hers.send(group, "two")
    rename(alice, group, "Dinner")
    assert mark(his, "unread_mark", group, 1) == 0
    assert counts(bob, group) == (0, 2)
    server.database.execute(
        "UPDATE message SET deleted_at = created_at, body = '' WHERE conversation_id = ? AND seq = 2", group
    )
    assert counts(bob, group) == (0, 1)
    assert bob.boot(f"/chat/{group}")["open"]["first_unread_seq"] == 4


def test_the_count_is_capped(alice: Person, bob: Person, conversation: int, connect: Connect) -> None:
    send_many(connect(alice), conversation, 103)
    his = connect(bob)
    mark(his, "read_mark", conversation, 103)
    mark(his, "unread_mark", conversation, 1)
    assert counts(bob, conversation) == (0, 100)
    mark(his, "unread_mark", conversation, 1)
    assert mark(his, "read_mark", conversation, 4) == 4
    assert counts(bob, conversation) == (4, 99)


def test_a_new_message_of_ones_own_leaves_what_is_unread(bob: Person, read: int, connect: Connect) -> None:
    his = connect(bob)
    mark(his, "unread_mark", read, 3)
    his.send(read, "more")
    assert counts(bob, read) == (2, 3)


@pytest.mark.parametrize(
    "data",
    [{}, *({"seq": wrong} for wrong in (0, -1, "1", None, 1.5, True, 2**53)), {"conversation_id": "1"}],
    ids=ascii,
)
def test_a_bad_mark_is_refused(bob: Person, read: int, connect: Connect, data: dict[str, Any]) -> None:
    wanted = {"conversation_id": read, **({"seq": 1} if "conversation_id" in data else {}), **data}
    ack = connect(bob).request("unread_mark", wanted)
    assert ack["error"]["code"] == "bad_request"
    assert counts(bob, read) == (5, 0)


def test_an_outsider_is_told_it_is_not_there(charlie: Person, read: int, connect: Connect) -> None:
    outsider = connect(charlie)
    answers = [outsider.request("unread_mark", {"conversation_id": one, "seq": 1}) for one in (read, 999_999_999)]
    assert answers[0] == answers[1]
    assert answers[0]["error"]["code"] == "not_found"
