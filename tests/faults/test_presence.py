"""Who is online when workers die or leave, and when Redis is away."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
import socketio

from tests.support.people import Cast, Person, is_recent
from tests.support.presence import set_away, told, wait_until, watch, watch_until
from tests.support.server import Server
from tests.support.services import Redis
from tests.support.sockets import Socket
from tests.support.waiting import eventually
from tests.support.workers import on_both_workers, worker_of

pytestmark = [pytest.mark.several_workers, pytest.mark.thorough]

Connect = Callable[..., Socket]
# Row 16 allows 60; a dead worker is noticed after 20 and looked for each 3.
OFFLINE_WITHIN = 40.0
RIGHT_AGAIN_WITHIN = 10.0


@pytest.fixture
def server(two_workers: Server) -> Server:
    return two_workers


class Apart:
    """Alice's sockets: `hers` on one worker, the near one, `hers_far` on the other; and people put at either."""

    def __init__(self, server: Server, cast: Cast, connect: Connect) -> None:
        self._server, self._connect = server, connect
        self.hers, self.hers_far = on_both_workers(server, connect, cast.alice)
        self.near, self.far = worker_of(server, self.hers), worker_of(server, self.hers_far)
        self._beside = self._socket_at(self.near, cast.alice)

    def _socket_at(self, wanted: int, person: Person) -> Socket:
        """Those that come to others are closed again, and were away all the time: it counts for a while."""
        opened = [self._connect(person, auth={"is_away": True})]
        while worker_of(self._server, opened[-1]) != wanted:
            opened.append(self._connect(person, auth={"is_away": True}))
        for socket in opened[:-1]:
            socket.close()
        return opened[-1]

    def place(self, person: Person, wanted: int, *, is_away: bool = False) -> Socket:
        """A socket on that worker; the near one knows by then how the person is, so nobody there is told later."""
        socket = self._socket_at(wanted, person)
        set_away(socket, is_away)
        watch_until(self._beside, {person: "away" if is_away else "online"})
        return socket


@pytest.fixture
def apart(server: Server, cast: Cast, connect: Connect) -> Apart:
    return Apart(server, cast, connect)


def test_a_worker_dies_with_its_people(cast: Cast, connect: Connect, apart: Apart) -> None:
    hers, near, far = apart.hers, apart.near, apart.far
    connect_bob = apart.place(cast.bob, far)
    both = [apart.place(cast.charlie, on) for on in (near, far)]
    assert set(watch(hers, cast.bob, cast.charlie)["presence"].values()) == {"online"}
    start = time.monotonic()
    os.kill(far, signal.SIGKILL)
    word = wait_until(hers, cast.bob, "offline", within=OFFLINE_WITHIN)
    took = time.monotonic() - start
    assert took < OFFLINE_WITHIN
    assert is_recent(word["last_seen_at"], took + 10)
    hers.settle()
    assert told(hers, cast.charlie) == [], "one of two tabs is left"
    # those who look later are told the same
    eventually(lambda: watch(connect(cast.alice), cast.bob)["last_seen"], every=0.5)
    connect_bob.abort()
    for socket in both:
        socket.abort()


def test_a_worker_leaves_and_nobody_flickers(cast: Cast, connect: Connect, apart: Apart) -> None:
    hers, far = apart.hers, apart.far
    his = apart.place(cast.bob, far)
    gone = apart.place(cast.charlie, far, is_away=True)
    watch(hers, cast.bob, cast.charlie)
    os.kill(far, signal.SIGTERM)
    for socket in (his, gone):
        socket.wait_for_end()
    back = eventually(lambda: _try(connect, cast.bob), every=0.2)
    word = wait_until(hers, cast.charlie, "offline", within=OFFLINE_WITHIN)
    assert is_recent(word["last_seen_at"], 60)
    time.sleep(3)
    hers.settle()
    assert told(hers, cast.bob) == []
    set_away(back, True)
    wait_until(hers, cast.bob, "away")


def _try(connect: Connect, person: Person) -> Socket | None:
    try:
        return connect(person)
    except socketio.exceptions.ConnectionError:  # it came to the one that leaves
        return None


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_redis_away_and_back(cast: Cast, connect: Connect, apart: Apart, redis: Redis, how: str) -> None:
    hers, near, far = apart.hers, apart.near, apart.far
    his = apart.place(cast.bob, near)
    third = apart.place(cast.charlie, far)
    dan = cast.person("dan")
    assert set(watch(hers, cast.bob, cast.charlie)["presence"].values()) == {"online"}
    redis.take_away(how)
    start = time.monotonic()
    set_away(his, True)
    wait_until(hers, cast.bob, "away")
    set_away(third, True)
    late = connect(dan)
    assert time.monotonic() - start < 10, "it has waited for Redis"
    answer = watch(late, cast.bob, cast.charlie)
    assert set(answer["presence"]) == {str(cast.bob.id), str(cast.charlie.id)}
    time.sleep(5)
    hers.settle()
    assert told(hers, cast.charlie) == [], "the last that was known"
    redis.bring_back(how)
    wait_until(hers, cast.charlie, "away", within=RIGHT_AGAIN_WITHIN)
    for person in (cast.bob, cast.charlie):
        eventually(lambda person=person: _last(late, answer, person) == "away", within=RIGHT_AGAIN_WITHIN)  # type: ignore[misc]
    set_away(third, False)
    for socket in (hers, late):
        wait_until(socket, cast.charlie, "online")


def test_what_changes_while_redis_is_away_is_known_afterwards(cast: Cast, apart: Apart, redis: Redis) -> None:
    """On both workers, of which one is back before the other."""
    his, theirs = apart.place(cast.bob, apart.far), apart.place(cast.charlie, apart.near)
    watch_until(apart.hers, {cast.bob: "online"})
    watch_until(apart.hers_far, {cast.charlie: "online"})
    for turn, state in enumerate(("away", "online", "away", "online")):
        redis.take_away("killed")
        for socket in (his, theirs):
            set_away(socket, state == "away")
        time.sleep(1.3 + 0.2 * turn)  # each tries again in a rhythm of its own
        redis.bring_back("killed")
        for watcher, person in ((apart.hers, cast.bob), (apart.hers_far, cast.charlie)):
            eventually(lambda who=watcher, whom=person, so=state: told(who, whom)[-1:] == [so])  # type: ignore[misc]


def _last(socket: Socket, answer: dict[str, Any], person: Person) -> str:
    return (told(socket, person) or [answer["presence"][str(person.id)]])[-1]
