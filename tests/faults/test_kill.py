"""kill -9 in the middle of traffic: nothing acked is missing after the restart, nothing is double."""

import random
from collections.abc import Callable

import pytest

from tests.support.recorder import Recorder
from tests.support.server import Server
from tests.support.waiting import eventually

Make = Callable[..., Recorder]


def run_with_restarts(server: Server, make_recorder: Make, seed: int, total: int, end: Callable[[], None]) -> None:
    """Ends the server twice, whenever a random number of messages has been acked."""
    recorder = make_recorder(server, seed, drop_chance=0.01, resend_chance=0.02)
    dice = random.Random(seed)
    moments = sorted(dice.sample(range(total // 10, total - total // 10), 2))

    def end_and_start() -> None:
        for moment in moments:
            eventually(lambda moment=moment: recorder.acked >= moment, within=120, every=0.001)  # type: ignore[misc]
            end()
            server.start()

    recorder.run(total // len(recorder.clients), end_and_start)
    assert recorder.acked == total
    recorder.check()


def test_nothing_acked_is_lost_by_kill_9(own_server: Server, make_recorder: Make, seed: int) -> None:
    run_with_restarts(own_server, make_recorder, seed, 640, own_server.kill)


@pytest.mark.thorough
def test_nothing_acked_is_lost_by_a_restart(own_server: Server, make_recorder: Make, seed: int) -> None:
    run_with_restarts(own_server, make_recorder, seed, 480, own_server.stop)


@pytest.mark.soak
@pytest.mark.parametrize("number", range(20))
def test_with_many_seeds(own_server: Server, make_recorder: Make, seed: int, number: int) -> None:
    run_with_restarts(own_server, make_recorder, seed + number, 2000, own_server.kill)
