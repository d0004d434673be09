"""Who learns how far others have read: live, with the history, and when asked for one message."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.crowd import join_directly, make_crowd
from tests.support.demo import send_many
from tests.support.groups import add, make_group, view
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually
from tests.support.workers import beside

Connect = Callable[..., Socket]


def share(person: Person, is_on: bool) -> None:
    answer = person.call("PATCH", "/api/account", {"shares_reads": is_on})
    assert (answer.status_code, answer.json()["shares_reads"]) == (200, is_on)


def read(socket: Socket, conversation: int, seq: int) -> None:
    assert socket.request("read_mark", {"conversation_id": conversation, "seq": seq})["ok"] is True


def reads(person: Person, conversation: int) -> dict[int, int]:
    """As the first page of messages tells them; `changes` has to agree."""
    found = person.json(f"/api/conversations/{conversation}/messages")["reads"]
    assert person.json(f"/api/conversations/{conversation}/changes?since=0")["conversation"]["reads"] == found
    return {int(user_id): seq for user_id, seq in found.items()}


def readers(person: Person, conversation: int, seq: int, query: str = "") -> tuple[list[int], int, int]:
    found = person.json(f"/api/conversations/{conversation}/messages/{seq}/readers{query}")
    return [user["id"] for user in found["users"]], found["count"], found["member_count"]


def marks_of(socket: Socket, person: Person) -> list[int]:
    """Of somebody, as a socket was told them."""
    told = socket.got("read_marked", lambda data: data["user_id"] == person.id)
    return [data["last_read_seq"] for data in told]


def expect_marks(socket: Socket, person: Person, wanted: list[int]) -> None:
    """That a socket is told these of somebody (word of a mark follows its ack), and no more.

    Where that is none, have a witness beside it hear first of what it must not.
    """
    eventually(lambda: marks_of(socket, person)[: len(wanted)] == wanted)
    socket.settle()
    assert marks_of(socket, person) == wanted


@pytest.fixture
def group(cast: Cast, connect: Connect) -> int:
    """Three messages of Alice to Bob and Charlie; seq 2 to 4."""
    made = make_group(cast.alice, cast.bob, cast.charlie)
    send_many(connect(cast.alice), made, 3)
    return made


def test_all_members_hear_of_a_mark_and_nobody_else(server: Server, cast: Cast, connect: Connect, group: int) -> None:
    outsider = connect(cast.person())
    sockets = [connect(person) for person in (cast.alice, cast.bob, cast.charlie)]
    sockets.append(beside(server, connect, outsider, cast.alice))
    read(sockets[1], group, 3)
    for socket in sockets:
        expect_marks(socket, cast.bob, [3])
    assert reads(cast.alice, group) == {cast.alice.id: 4, cast.bob.id: 3}
    outsider.settle()
    assert outsider.got("read_marked") == []
    assert reads(cast.charlie, group) == {cast.alice.id: 4, cast.bob.id: 3, cast.charlie.id: 1}


def test_readers_of_one_message(cast: Cast, connect: Connect, group: int) -> None:
    dora = cast.person("dora")
    add(cast.alice, group, dora, history="from_now")
    for person, seq in ((cast.bob, 3), (cast.charlie, 5), (dora, 5)):
        read(connect(person), group, seq)
    by_name = sorted((cast.bob, cast.charlie), key=lambda person: person.username)
    assert readers(cast.alice, group, 3) == ([person.id for person in by_name], 2, 4), "Dora cannot have seen it"
    assert readers(cast.alice, group, 3, "?limit=1") == ([by_name[0].id], 2, 4)
    assert readers(cast.alice, group, 4) == ([cast.charlie.id], 1, 4)
    assert readers(cast.bob, group, 4) == ([cast.charlie.id], 1, 4), "neither the author nor oneself"
    for seq in (6, 999_999):
        answer = cast.alice.get(f"/api/conversations/{group}/messages/{seq}/readers")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    for query in ("?limit=0", "?limit=1001", "?limit=x"):
        assert cast.alice.get(f"/api/conversations/{group}/messages/3/readers{query}").status_code == 400


def test_whoever_answers_has_seen_what_was_before(cast: Cast, connect: Connect, group: int) -> None:
    his = connect(cast.bob)
    read(his, group, 4)
    his.send(group, "an answer")
    assert reads(cast.alice, group)[cast.bob.id] == 5
    assert connect(cast.charlie).send(group, "without having read")["seq"] == 6
    assert cast.charlie.id not in reads(cast.alice, group)


def test_who_does_not_share_is_not_seen(server: Server, cast: Cast, connect: Connect, group: int) -> None:
    hers, his = connect(cast.alice), connect(cast.bob)
    other = beside(server, connect, hers, cast.bob)
    read(his, group, 2)
    share(cast.bob, False)
    for socket in (his, other):
        assert socket.wait_for("account_changed") == {"shares_reads": False}
    read(his, group, 4)
    expect_marks(other, cast.bob, [2, 4])  # one's own pages are told
    expect_marks(hers, cast.bob, [2])
    assert hers.got("account_changed") == []
    assert reads(cast.alice, group)[cast.bob.id] == 2, "what was shared before stays known"
    assert readers(cast.alice, group, 2)[0] == [cast.bob.id]
    assert readers(cast.alice, group, 4) == ([], 0, 3)
    assert view(cast.bob, group)["unread"] == 0


def test_who_does_not_share_sees_nobody_either(cast: Cast, connect: Connect, group: int) -> None:
    read(connect(cast.bob), group, 4)
    share(cast.alice, False)
    assert cast.alice.json("/api/account")["shares_reads"] is False
    assert cast.alice.boot()["me"]["shares_reads"] is False
    assert reads(cast.alice, group) == {cast.alice.id: 4}
    assert readers(cast.alice, group, 4) == ([], 0, 3)
    opened = cast.alice.boot(f"/chat/{group}")["open"]
    assert opened["reads"] == {str(cast.alice.id): 4}
    assert readers(cast.charlie, group, 4) == ([cast.bob.id], 1, 3), "others are not concerned"


def test_sharing_again_begins_with_what_is_read_from_then_on(
    server: Server, cast: Cast, connect: Connect, group: int
) -> None:
    hers, his = connect(cast.alice), connect(cast.bob)
    witness = beside(server, connect, hers, cast.bob)
    share(cast.bob, False)
    read(his, group, 4)
    share(cast.bob, True)
    expect_marks(witness, cast.bob, [4])
    expect_marks(hers, cast.bob, [])
    assert readers(cast.alice, group, 4)[1] == 0
    message = hers.send(group, "and this")
    read(his, group, message["seq"])
    expect_marks(hers, cast.bob, [message["seq"]])
    assert readers(cast.alice, group, message["seq"])[0] == [cast.bob.id]


def test_in_a_conversation_of_two(server: Server, cast: Cast, connect: Connect) -> None:
    conversation = cast.alice.talk_to(cast.bob)
    hers, his = connect(cast.alice), connect(cast.bob)
    witness = beside(server, connect, hers, cast.bob)
    hers.send(conversation, "hello")
    share(cast.bob, False)
    read(his, conversation, 1)
    expect_marks(witness, cast.bob, [1])
    expect_marks(hers, cast.bob, [])
    assert reads(cast.alice, conversation) == {cast.alice.id: 1}
    assert readers(cast.alice, conversation, 1) == ([], 0, 2)
    his.send(conversation, "hello to you")
    assert cast.bob.id not in reads(cast.alice, conversation), "an answer tells no more than itself"


@pytest.mark.parametrize(("crowd", "is_told"), [(47, True), (48, False)])
def test_in_large_groups_one_has_to_ask(
    server: Server, cast: Cast, connect: Connect, group: int, crowd: int, is_told: bool
) -> None:
    """The limit is 50 members; three are there already."""
    join_directly(server.database, group, make_crowd(server.database, crowd))
    hers, his = connect(cast.alice), connect(cast.bob)
    other = beside(server, connect, hers, cast.bob)
    read(his, group, 4)
    expect_marks(other, cast.bob, [4])
    expect_marks(hers, cast.bob, [4] if is_told else [])
    assert (cast.bob.id in reads(cast.alice, group)) == is_told
    assert reads(cast.alice, group)[cast.alice.id] == 4
    assert readers(cast.alice, group, 4) == ([cast.bob.id], 1, 3 + crowd)
    share(cast.alice, False)
    assert readers(cast.alice, group, 4) == ([], 0, 3 + crowd)


@pytest.mark.parametrize(
    "body", [{}, {"shares_reads": None}, {"shares_reads": 1}, {"shares_reads": "false"}, []], ids=ascii
)
def test_a_bad_setting_is_refused(alice: Person, body: Any) -> None:
    answer = alice.call("PATCH", "/api/account", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert alice.json("/api/account")["shares_reads"] is True


def test_a_guest_has_no_account(cast: Cast) -> None:
    assert cast.stranger().get("/api/account").status_code == 401
