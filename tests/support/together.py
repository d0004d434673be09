"""Several things done at the same moment."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def all_at_once(*works: Callable[[], T]) -> list[T]:
    """Each in a thread of its own, begun together; their answers in order."""
    gate = Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        gate.wait(10)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [running.result(120) for running in [pool.submit(run, work) for work in works]]


def one_after_the_other(steps: Iterable[Callable[[], T]]) -> Callable[[], list[T]]:
    """All the steps as one piece of work."""
    return lambda: [step() for step in steps]
