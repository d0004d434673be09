"""Several workers: one of them killed again and again, all of them replaced, told to end."""

import os
import random
import signal
import time
from collections.abc import Callable

import pytest

from tests.support.hasty_client import HastyClient
from tests.support.people import Cast
from tests.support.recorder import Recorder
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.stacks import ManyWorkers
from tests.support.waiting import eventually
from tests.support.workers import Killer

pytestmark = pytest.mark.several_workers

Make = Callable[..., Recorder]
# Nobody is out for longer; the slack is for a busy machine, on which four new workers start.
OUT_AT_MOST = 5 + 7
# A worker that does not end by itself is ended after so long.
ENDED_AFTER = 10


@pytest.fixture
def server(start_server: Callable[..., Server], four_workers: ManyWorkers) -> Server:
    return start_server(four_workers)


def run_with_killer(server: Server, make_recorder: Make, seed: int, total: int, every: float) -> None:
    recorder = make_recorder(server, seed, drop_chance=0.01, resend_chance=0.03)
    with Killer(server, random.Random(seed), every) as killer:
        recorder.run(total // len(recorder.clients))
        eventually(lambda: killer.killed >= 2, within=60)
    assert recorder.acked == total
    recorder.check()
    eventually(lambda: len(server.worker_pids()) == 4, within=30)


def test_nothing_acked_is_lost_while_workers_are_killed(server: Server, make_recorder: Make, seed: int) -> None:
    run_with_killer(server, make_recorder, seed, 800, every=2)


@pytest.mark.soak
@pytest.mark.parametrize("number", range(20))
def test_with_many_seeds(server: Server, make_recorder: Make, seed: int, number: int) -> None:
    run_with_killer(server, make_recorder, seed + number, 2000, every=5)


def test_all_workers_are_replaced_under_traffic(server: Server, make_recorder: Make, seed: int) -> None:
    """SIGHUP, as `systemctl reload` sends it after an upgrade."""
    recorder = make_recorder(server, seed, drop_chance=0, resend_chance=0.02, kind=HastyClient)
    before = set(server.worker_pids())

    def replace() -> None:
        eventually(lambda: recorder.acked > 100, within=60)
        assert server.process is not None
        os.kill(server.process.pid, signal.SIGHUP)
        eventually(lambda: len(server.worker_pids()) == 4 and not before & set(server.worker_pids()), within=90)

    recorder.run(120, replace)
    recorder.check()
    assert max(one.notes.longest_gap for one in recorder.clients) < OUT_AT_MOST


def test_a_worker_that_is_told_to_end_lets_its_people_go_gently(
    server: Server, make_cast: Callable[[Server], Cast], connect: Callable[..., Socket]
) -> None:
    """Sends in flight are acked first; the sockets are closed one after the other; then it is gone."""
    cast = make_cast(server)
    conversation = cast.alice.talk_to(cast.bob)
    sockets = [connect(person) for person in (cast.alice, cast.bob) for _ in range(2)]
    acks: list[dict[str, object]] = []
    for number in range(100):
        message = {"conversation_id": conversation, "client_id": f"{number:08x}-0000-4000-8000-000000000000"}
        sockets[number % 4].emit("message_create", message | {"body": f"line {number}"}, acks.append)
    start = time.monotonic()
    server.stop()
    assert time.monotonic() - start < ENDED_AFTER, "it took until the last moment"
    for socket in sockets:
        socket.wait_for_end()
    server.start()
    stored = cast.alice.messages(conversation)
    assert {ack["message"]["id"] for ack in acks if ack["ok"]} <= {message["id"] for message in stored}  # type: ignore[index]
    assert len(acks) == 100, "a send in flight was not answered"


def test_ctrl_c_ends_all_of_it_at_once(server: Server) -> None:
    assert server.process is not None
    process, workers = server.process, server.worker_pids()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(ENDED_AFTER - 1) == 0
    assert [pid for pid in workers if os.path.exists(f"/proc/{pid}")] == []
    server.process = None


def test_a_worker_that_is_just_starting_hears_that_all_end(server: Server) -> None:
    """SIGTERM within moments of its fork."""
    before = set(server.worker_pids())
    os.kill(min(before), signal.SIGKILL)
    eventually(lambda: len(set(server.worker_pids()) - before) == 1, within=30, every=0.005)
    start = time.monotonic()
    server.stop()
    assert time.monotonic() - start < ENDED_AFTER, "it had to be ended"
