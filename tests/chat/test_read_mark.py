"""Read marks: only ever forward, told to the conversation, nobody else's business."""

from collections.abc import Callable

import pytest

from tests.support.demo import send_many
from tests.support.people import Person
from tests.support.sockets import Socket

Connect = Callable[..., Socket]


@pytest.fixture
def five(alice: Person, conversation: int, connect: Connect) -> int:
    """Alice's and Bob's conversation with five messages of Alice."""
    send_many(connect(alice), conversation, 5)
    return conversation


def mark(socket: Socket, conversation: int, seq: int) -> int:
    ack = socket.request("read_mark", {"conversation_id": conversation, "seq": seq})
    assert ack["ok"] is True, ack
    return ack["last_read_seq"]


def view(person: Person, conversation: int) -> tuple[int, int]:
    shown = person.json(f"/api/conversations/{conversation}")["conversation"]
    return shown["last_read_seq"], shown["unread"]


def test_marking_moves_the_mark_and_the_count(bob: Person, five: int, connect: Connect) -> None:
    assert view(bob, five) == (0, 5)
    assert mark(connect(bob), five, 3) == 3
    assert view(bob, five) == (3, 2)


def test_only_ever_forward(bob: Person, five: int, connect: Connect) -> None:
    his = connect(bob)
    assert mark(his, five, 4) == 4
    assert mark(his, five, 2) == 4
    assert mark(his, five, 0) == 4
    assert view(bob, five) == (4, 1)


def test_never_past_the_end(alice: Person, bob: Person, five: int, connect: Connect) -> None:
    assert mark(connect(bob), five, 1000) == 5
    connect(alice).send(five, "a sixth")
    assert view(bob, five) == (5, 1), "what came later counts as read"


def test_both_hear_of_it_once(alice: Person, bob: Person, five: int, connect: Connect) -> None:
    hers, his_first, his_second = connect(alice), connect(bob), connect(bob)
    mark(his_first, five, 3)
    mark(his_first, five, 3)
    wanted = {"conversation_id": five, "user_id": bob.id, "last_read_seq": 3}
    for socket in (hers, his_second):
        assert socket.wait_for("read_marked") == wanted
        socket.settle()
        assert socket.got("read_marked") == [wanted]


def test_own_messages_never_count_as_unread(alice: Person, five: int) -> None:
    assert view(alice, five) == (5, 0)


def test_unread_is_capped(alice: Person, bob: Person, conversation: int, connect: Connect) -> None:
    send_many(connect(alice), conversation, 103)
    assert view(bob, conversation)[1] == 100


def test_an_outsider_is_told_it_is_not_there(charlie: Person, five: int, connect: Connect) -> None:
    outsider = connect(charlie)
    not_his = outsider.request("read_mark", {"conversation_id": five, "seq": 1})
    not_there = outsider.request("read_mark", {"conversation_id": 999_999_999, "seq": 1})
    assert not_his == not_there
    assert not_his["error"]["code"] == "not_found"
