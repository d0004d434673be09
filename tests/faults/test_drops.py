"""2,000 messages from eight clients that lose their connections at random and resend."""

from collections.abc import Callable

import pytest

from tests.support.recorder import Recorder
from tests.support.server import Server

Make = Callable[..., Recorder]


def run_with_drops(server: Server, make_recorder: Make, seed: int, total: int) -> None:
    recorder = make_recorder(server, seed, drop_chance=0.04, resend_chance=0.04)
    recorder.run(total // len(recorder.clients))
    assert recorder.acked == total
    assert sum(one.notes.unknown for one in recorder.clients) > 0, "nothing was dropped"
    recorder.check()


def test_all_acked_are_stored_once_in_one_order(own_server: Server, make_recorder: Make, seed: int) -> None:
    run_with_drops(own_server, make_recorder, seed, 2000)


@pytest.mark.soak
@pytest.mark.parametrize("number", range(20))
def test_with_many_seeds(own_server: Server, make_recorder: Make, seed: int, number: int) -> None:
    run_with_drops(own_server, make_recorder, seed + number, 2000)
