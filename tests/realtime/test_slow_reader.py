"""Somebody who takes nothing that is sent: cut off at a bound, and nobody else notices."""

import socket
from collections.abc import Callable

import pytest

from tests.support.people import Cast
from tests.support.processes import MEGABYTE, connections_of, memory_of
from tests.support.raw import RawSocket
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually

pytestmark = pytest.mark.thorough

# Far more than the system's own buffers and the server's bound together.
MESSAGES, LENGTH = 1_500, 10_000


def test_a_reader_that_leaves_with_much_still_waiting_leaves_nothing_behind(
    own_server: Server, make_cast: Callable[[Server], Cast], connect: Callable[..., Socket]
) -> None:
    cast = make_cast(own_server)
    conversation = cast.alice.talk_to(cast.bob)
    hers = connect(cast.alice)
    hers.send(conversation, "first")
    before = connections_of(own_server)
    small = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),)
    for _ in range(3):
        slow = RawSocket(own_server.url, cast.bob.cookie, sockopt=small)
        slow.send("40/chat,")
        assert slow.receive("40/chat,")
        for _ in range(MESSAGES // 4):  # more than the system takes, less than the server's bound
            hers.send(conversation, "x" * LENGTH)
        slow.close()
    eventually(lambda: connections_of(own_server) <= before, within=15)


def test_a_reader_that_does_not_read_is_cut_off_and_catches_up(
    own_server: Server, make_cast: Callable[[Server], Cast], connect: Callable[..., Socket]
) -> None:
    cast = make_cast(own_server)
    conversation = cast.alice.talk_to(cast.bob)
    small = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),)
    slow = RawSocket(own_server.url, cast.bob.cookie, sockopt=small)
    slow.send("40/chat,")
    assert slow.receive("40/chat,")
    hers, his = connect(cast.alice), connect(cast.bob)
    for _ in range(50):  # what a first time takes is no growth
        hers.send(conversation, "x" * LENGTH)
    before = memory_of(own_server)
    for number in range(MESSAGES):
        last = hers.send(conversation, f"{number} ".ljust(LENGTH, "x"))
    his.wait_for("message_created", lambda data: data["message"]["id"] == last["id"])
    assert len(his.got("message_created")) == 50 + MESSAGES
    assert memory_of(own_server) - before < 10 * MEGABYTE
    assert slow.is_closed(within=15)
    slow.close()
    missed, version = cast.bob.changes(conversation, 0)
    assert (len(missed), version) == (50 + MESSAGES, 50 + MESSAGES)
