"""Who is writing: told to those in the conversation and nobody else, at once."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.crowd import join_directly, make_crowd
from tests.support.groups import add, make_group, remove
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.workers import beside, on_both_workers

Connect = Callable[..., Socket]


def say(socket: Socket, conversation: int, on: bool = True) -> Any:
    return socket.request("typing", {"conversation_id": conversation, "on": on})


def test_the_others_are_told_and_outsiders_are_not(
    server: Server, cast: Cast, conversation: int, connect: Connect
) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    hers, his, outside = connect(alice), connect(bob), connect(charlie)
    others = [his, connect(alice), *(beside(server, connect, silent, bob) for silent in (hers, outside))]
    assert say(hers, conversation) == {"ok": True}
    word = {"conversation_id": conversation, "user_id": alice.id, "on": True}
    for socket in others:
        assert socket.wait_for("typing") == word
    assert say(hers, conversation, on=False) == {"ok": True}
    for socket in others:
        socket.wait_for("typing", lambda data: data == word | {"on": False})
    for socket in (hers, outside):
        socket.settle()
        assert socket.got("typing") == []
    refused = say(outside, conversation)
    assert (refused["ok"], refused["error"]["code"]) == (False, "not_found")
    assert say(hers, 999_999_999)["error"]["code"] == "not_found"
    his.settle()
    assert len(his.got("typing")) == 2


def test_who_was_removed_neither_hears_nor_is_heard(cast: Cast, connect: Connect) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    group = make_group(alice, bob, charlie)
    hers, his, third = connect(alice), connect(bob), connect(charlie)
    say(hers, group)
    for socket in (his, third):
        socket.wait_for("typing")
    assert remove(alice, group, charlie).status_code == 200
    third.wait_for("conversation_removed")
    say(hers, group, on=False)
    his.wait_for("typing", lambda data: not data["on"])
    third.settle()
    assert len(third.got("typing")) == 1
    assert say(third, group)["error"]["code"] == "not_found"
    assert add(alice, group, charlie).status_code == 200
    third.wait_for("conversation_added")
    assert say(third, group)["ok"] is True
    his.wait_for("typing", lambda data: data["user_id"] == charlie.id)


def test_in_a_large_group_nobody_is_told(server: Server, cast: Cast, conversation: int, connect: Connect) -> None:
    alice, bob = cast.alice, cast.bob
    group = make_group(alice, bob)
    join_directly(server.database, group, make_crowd(server.database, 48))
    hers, his = connect(alice), connect(bob)
    say(hers, group)  # fifty
    his.wait_for("typing")
    assert add(alice, group, cast.charlie).status_code == 200
    for socket in (hers, his):
        socket.wait_for("conversation_changed")
    assert say(hers, group, on=False)["ok"] is True  # fifty-one
    say(hers, conversation)
    his.wait_for("typing", lambda data: data["conversation_id"] == conversation)
    assert [data["on"] for data in his.got("typing", lambda data: data["conversation_id"] == group)] == [True]


@pytest.mark.several_workers
def test_on_every_worker(two_workers: Server, make_cast: Callable[[Server], Cast], connect: Connect) -> None:
    cast = make_cast(two_workers)
    conversation = cast.alice.talk_to(cast.bob)
    hers, outside = connect(cast.alice), on_both_workers(two_workers, connect, cast.charlie)
    his = on_both_workers(two_workers, connect, cast.bob)
    say(hers, conversation)
    for socket in his:
        socket.wait_for("typing", lambda data: data["user_id"] == cast.alice.id)
    for socket in outside:
        socket.settle()
        assert socket.got("typing") == []


def test_it_is_slowed_down(
    start_server: Callable[..., Server], make_cast: Callable[[Server], Cast], connect: Connect
) -> None:
    cast = make_cast(start_server(RATE_LIMITS="on"))
    conversation = cast.alice.talk_to(cast.bob)
    hers = connect(cast.alice)
    acks = hers.request_all("typing", [{"conversation_id": conversation, "on": True}] * 61)
    assert [ack["ok"] for ack in acks] == [True] * 60 + [False]


def test_a_conversation_that_is_new(alice: Person, bob: Person, connect: Connect) -> None:
    hers, his = connect(alice), connect(bob)
    conversation = alice.talk_to(bob)
    for socket in (hers, his):
        socket.wait_until_in(conversation)
    assert say(his, conversation)["ok"] is True
    hers.wait_for("typing", lambda data: data["user_id"] == bob.id)
