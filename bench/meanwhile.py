"""The chat at a fixed 30 % of what the worker can do, in turns without and with something else that people do.

20 pairs chat. A probe connection sends an event every 5 ms that is refused at once, without the database; the longest
that one waited is the longest stall of the event loop.
"""

from __future__ import annotations

import argparse
import statistics
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.app import STORES, app
from bench.options import parser, plan_of
from bench.process import BenchError
from bench.services import Services
from bench.systems import MODES
from bench.table import number, table
from bench.target import Measured, Target, measure

SHARE = 0.3
PROBE_SECONDS = 0.005
PASSPHRASE = "a harbour lantern at noon"  # noqa: S105 (of accounts that live as long as the run)
# 20 pairs and the probe have log-ins; the others, the last 19, are there for what goes on meanwhile.
_PEOPLE, _LOGINS = 60, 41


class Errands(ABC):
    """What people do while others chat; each in a thread, so that a slow one delays no other."""

    def __init__(self, count: int) -> None:
        self.took: list[float] = []
        self._problems: list[str] = []
        self._threads = [threading.Thread(target=self._run, args=(at,)) for at in range(count)]

    @abstractmethod
    def do(self, at: int) -> None:
        """The part of one thread; adds to ``took`` the seconds that each errand took."""

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    def finish(self) -> list[float]:
        """How long each took."""
        for thread in self._threads:
            thread.join()
        if self._problems:
            raise BenchError(self._problems[0])
        return self.took

    def _run(self, at: int) -> None:
        try:
            self.do(at)
        except (BenchError, OSError) as error:
            self._problems.append(str(error))


@dataclass
class Turns:
    """What was measured without and with the errands, and how long each of those took."""

    quiet: list[Measured] = field(default_factory=list)
    busy: list[Measured] = field(default_factory=list)
    took: list[float] = field(default_factory=list)


def options_of(description: str | None) -> argparse.Namespace:
    """The options of such a run, as they were chosen."""
    options = parser(description)
    options.add_argument("--store", choices=STORES, default=STORES[-1])
    options.add_argument("--modes", nargs="+", choices=MODES, default=MODES)
    options.add_argument("--rounds", type=int, default=3)
    return options.parse_args()


def run(chosen: argparse.Namespace, report: Callable[[str, Target, dict[str, Any], int], None]) -> None:
    """Have each async mode reported on: ``report(mode, running, plan, rounds)``."""
    with Services() as services:
        for mode in chosen.modes:
            try:
                with app(services, chosen.store, mode, people=_PEOPLE, logins=_LOGINS, password=PASSPHRASE) as running:
                    report(mode, running, plan_of(chosen), chosen.rounds)
            except BenchError as error:
                print(f"{mode} failed: {error}\n")


def take_turns(
    running: Target, plan: dict[str, Any], rounds: int, begin: Callable[[], Errands], tell: Callable[[Turns], None]
) -> Turns:
    """Measure so many times without and with the errands that ``begin`` makes; ``tell`` says how each round went."""
    rate = measure(running, **plan).rate * SHARE
    plan = plan | {"rate": rate, "probe": {"cookie": running.cookies[_LOGINS - 1], "every": PROBE_SECONDS}}
    turns = Turns()
    for _ in range(rounds):
        turns.quiet.append(measure(running, **plan))
        errands = begin()
        turns.busy.append(measure(running, errands.start, **plan))
        turns.took += errands.finish()
        tell(turns)
    return turns


def show(mode: str, turns: Turns, many: str, one: str) -> None:
    """The table: ``many`` is what the errands are called, ``one`` a single one of them."""
    head = ("chat", "msg/s", "p50 ms", "p99 ms", "max ms", "loop p99 ms", "longest stall ms", f"{one} ms")
    rows = [
        _row(f"{mode}, without {many}", turns.quiet, None),
        _row(f"{mode}, with {many}", turns.busy, statistics.median(turns.took)),
    ]
    table(head, rows)


def middle(found: list[Measured], name: str) -> float:
    """The median of a figure."""
    return statistics.median(getattr(one, name) for one in found)


def most(found: list[Measured], name: str) -> float:
    """The highest of a figure."""
    return max(getattr(one, name) for one in found)


def _row(name: str, found: list[Measured], errand: float | None) -> tuple[str, ...]:
    typical = [middle(found, "p50"), middle(found, "p99"), most(found, "max"), middle(found, "probe_p99")]
    figures = [*typical, most(found, "probe_max"), errand]
    rate = statistics.mean(one.rate for one in found)
    return (name, number(rate), *(number(None if value is None else value * 1e3, 1) for value in figures))
