"""Log-ins while people chat: two a second by the form, password hash and all.

20 pairs chat at a fixed 30 % of what the worker can do. Turns with and without log-ins alternate. A probe
connection sends an event every 5 ms that is refused at once, without the database; the longest that one waited is
the longest stall of the event loop.
"""

from __future__ import annotations

import statistics
import threading
import time
from typing import Any

from bench.app import STORES, app
from bench.browser import Browser
from bench.options import parser, plan_of
from bench.process import BenchError
from bench.services import Services
from bench.systems import MODES
from bench.table import machine, number, ratio, say, table, target, title
from bench.target import Measured, Target, measure

SHARE = 0.3
PER_SECOND = 2
PROBE_SECONDS = 0.005
PASSPHRASE = "a harbour lantern at noon"  # noqa: S105 (of accounts that live as long as the run)
HEAD = ("chat", "msg/s", "p50 ms", "p99 ms", "max ms", "loop p99 ms", "longest stall ms", "log-in ms")


def main() -> None:
    """Print a table for each async mode."""
    options = parser(__doc__)
    options.add_argument("--store", choices=STORES, default=STORES[-1])
    options.add_argument("--modes", nargs="+", choices=MODES, default=MODES)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    title("Log-ins while people chat", f"{machine()}; one worker on {chosen.store}, {PER_SECOND} log-ins a second.")
    with Services() as services:
        for mode in chosen.modes:
            try:
                with app(services, chosen.store, mode, people=60, logins=41, password=PASSPHRASE) as running:
                    _report(mode, running, plan_of(chosen), chosen.rounds)
            except BenchError as error:
                print(f"{mode} failed: {error}\n")


def _report(mode: str, running: Target, plan: dict[str, Any], rounds: int) -> None:
    rate = measure(running, **plan).rate * SHARE
    plan |= {"rate": rate, "probe": {"cookie": running.cookies[40], "every": PROBE_SECONDS}}
    quiet, busy, took = [], [], []
    for _ in range(rounds):
        quiet.append(measure(running, **plan))
        visitors = Visitors(running.port, plan["seconds"])
        busy.append(measure(running, visitors.start, **plan))
        took += visitors.finish()
        say(f"{mode}: p99 {quiet[-1].p99 * 1e3:.1f} ms, with log-ins {busy[-1].p99 * 1e3:.1f} ms")
    rows = [_row(f"{mode}, without log-ins", quiet, None), _row(f"{mode}, with log-ins", busy, statistics.median(took))]
    table(HEAD, rows)
    times = _middle(busy, "p99") / _middle(quiet, "p99")
    print(f"{mode}: p99 {times:.2f} times that without log-ins (target {target(times, most=1.5)}).")
    print(f"{mode}: longest stall {ratio(_most(busy, 'probe_max'), _most(quiet, 'probe_max'))} times that without.\n")


def _row(name: str, found: list[Measured], login: float | None) -> tuple[str, ...]:
    figures = [_middle(found, "p50"), _middle(found, "p99"), _most(found, "max"), _middle(found, "probe_p99")]
    figures += [_most(found, "probe_max"), login]
    rate = statistics.mean(one.rate for one in found)
    return (name, number(rate), *(number(None if value is None else value * 1e3, 1) for value in figures))


def _middle(found: list[Measured], name: str) -> float:
    return statistics.median(getattr(one, name) for one in found)


def _most(found: list[Measured], name: str) -> float:
    return max(getattr(one, name) for one in found)


class Visitors:
    """People who log in, evenly over the measured time; each in a thread, so that a slow one delays no other."""

    def __init__(self, port: int, seconds: float) -> None:
        self._port = port
        self._took: list[float] = []
        self._problems: list[str] = []
        self._threads = [
            threading.Thread(target=self._visit, args=(number,)) for number in range(int(seconds * PER_SECOND))
        ]

    def start(self) -> None:
        """Begin; returns at once."""
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()

    def finish(self) -> list[float]:
        """How long each took, the form's page included."""
        for thread in self._threads:
            thread.join()
        if self._problems:
            raise BenchError(self._problems[0])
        return self._took

    def _visit(self, number: int) -> None:
        time.sleep(max(0.0, self._began + number / PER_SECOND - time.monotonic()))
        browser = Browser(self._port)
        began = time.monotonic()
        try:
            browser.log_in(f"person{41 + number % 19}", PASSPHRASE)
            self._took.append(time.monotonic() - began)
        except (BenchError, OSError) as error:
            self._problems.append(str(error))
        finally:
            browser.close()


if __name__ == "__main__":
    main()
