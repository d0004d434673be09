"""Redis killed, restarted or stopped: sends go on as if nothing were, and everybody catches up."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.conftest import is_told
from tests.support.people import Cast
from tests.support.recorder import Recorder
from tests.support.server import Server
from tests.support.services import Redis
from tests.support.sockets import Socket
from tests.support.stacks import ManyWorkers
from tests.support.waiting import eventually
from tests.support.workers import on_both_workers, worker_of

pytestmark = pytest.mark.several_workers

ACKED_WITHIN = 3.0
# The contract of an open page, when a broadcast is lost; and how soon all is live again once Redis is back.
CAUGHT_UP_WITHIN = 30.0
LIVE_AGAIN_WITHIN = 5.0


@pytest.fixture
def server(two_workers: Server) -> Server:
    return two_workers


class Apart:
    """Two people on two workers, and a second tab of the second one on the first one's worker."""

    def __init__(self, server: Server, cast: Cast, connect: Callable[..., Socket]) -> None:
        self.server = server
        self.conversation = cast.alice.talk_to(cast.bob)
        self.hers = connect(cast.alice)
        one, other = on_both_workers(server, connect, cast.bob)
        is_near = worker_of(server, one) == worker_of(server, self.hers)
        self.near, self.far = (one, other) if is_near else (other, one)

    def check_live(self, within: float) -> None:
        """What she says is heard on both workers."""
        message = self.hers.send(self.conversation, "are you there")
        for socket in (self.near, self.far):
            socket.wait_for("message_created", lambda data: data["message"]["id"] == message["id"], within)


@pytest.fixture
def apart(server: Server, make_cast: Callable[[Server], Cast], connect: Callable[..., Socket]) -> Apart:
    return Apart(server, make_cast(server), connect)


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_away_and_back(apart: Apart, redis: Redis, how: str) -> None:
    apart.check_live(within=10)
    redis.take_away(how)
    slowest = 0.0
    sent = []
    end = time.monotonic() + 6
    while time.monotonic() < end:
        start = time.monotonic()
        sent.append(apart.hers.send(apart.conversation, "into the blue"))
        slowest = max(slowest, time.monotonic() - start)
    assert slowest < ACKED_WITHIN
    for message in (sent[0], sent[-1]):  # on the same worker, nothing is noticed at all
        apart.near.wait_for("message_created", lambda data, of=message: data["message"]["id"] == of["id"])
    told = apart.far.wait_for("head", within=CAUGHT_UP_WITHIN)
    assert told["conversation_id"] == apart.conversation
    assert apart.server.ground.redis is redis
    ready = apart.far.person.get("/readyz")
    assert (ready.status_code, ready.json()["redis"]) == (200, "away")
    redis.bring_back(how)
    eventually(lambda: is_live(apart), within=LIVE_AGAIN_WITHIN, every=0.3)


def is_live(apart: Apart) -> bool:
    return is_told(apart.far, apart.hers.send(apart.conversation, "again"))


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_nothing_is_lost_or_double_meanwhile(
    server: Server, redis: Redis, make_recorder: Callable[..., Recorder], seed: int, how: str
) -> None:
    recorder = make_recorder(server, seed, drop_chance=0.01, resend_chance=0.03)

    def interrupt() -> None:
        eventually(lambda: recorder.acked > 60, within=60)
        redis.take_away(how)
        eventually(lambda: recorder.acked > 320, within=120)
        redis.bring_back(how)

    recorder.run(60, interrupt)
    assert [refusal for one in recorder.clients for refusal in one.notes.refusals] == []
    recorder.check()


def test_whoever_comes_while_it_is_stopped_keeps_nobody_from_the_database(
    start_server: Callable[..., Server], four_workers: ManyWorkers, make_cast: Callable[[Server], Cast]
) -> None:
    """Each waits a moment to be heard, and there are fewer connections to the database than of those who wait."""
    server = start_server(four_workers.with_workers(1), DATABASE_POOL="2")
    cast = make_cast(server)
    stopped = server.ground.redis
    assert stopped is not None
    newcomers = [cast.person(f"newcomer{number}") for number in range(16)]
    sockets = [Socket(person) for person in newcomers]
    stopped.pause()
    try:
        with ThreadPoolExecutor(len(sockets)) as pool:
            coming = [pool.submit(socket.connect) for socket in sockets]
            time.sleep(0.4)  # by now they wait
            assert cast.alice.get("/api/conversations").status_code == 200
            assert not any(one.done() for one in coming), "she had to wait for one of them"
            for one in coming:
                one.result()
    finally:
        stopped.resume()
        for socket in sockets:
            socket.close()


def test_a_new_conversation_reaches_the_other_worker_without_it(
    server: Server, redis: Redis, make_cast: Callable[[Server], Cast], connect: Callable[..., Socket]
) -> None:
    cast = make_cast(server)
    listeners = on_both_workers(server, connect, cast.bob)
    redis.kill()
    conversation = cast.alice.talk_to(cast.bob)
    connect(cast.alice).send(conversation, "hello")
    for socket in listeners:
        eventually(
            lambda socket=socket: socket.got("message_created") or socket.got("head"),  # type: ignore[misc]
            within=CAUGHT_UP_WITHIN,
        )
