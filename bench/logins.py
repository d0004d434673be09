"""Log-ins while people chat: two a second by the form, password hash and all (how it is measured: meanwhile.py)."""

from __future__ import annotations

import time
from typing import Any

from bench.browser import Browser
from bench.meanwhile import PASSPHRASE, Errands, middle, most, options_of, run, show, take_turns
from bench.table import machine, ratio, say, target, title
from bench.target import Target

PER_SECOND = 2


def main() -> None:
    """Print a table for each async mode."""
    chosen = options_of(__doc__)
    title("Log-ins while people chat", f"{machine()}; one worker on {chosen.store}, {PER_SECOND} log-ins a second.")
    run(chosen, _report)


def _report(mode: str, running: Target, plan: dict[str, Any], rounds: int) -> None:
    turns = take_turns(
        running,
        plan,
        rounds,
        lambda: Visitors(running.port, plan["seconds"]),
        lambda found: say(
            f"{mode}: p99 {found.quiet[-1].p99 * 1e3:.1f} ms, with log-ins {found.busy[-1].p99 * 1e3:.1f} ms"
        ),
    )
    show(mode, turns, "log-ins", "log-in")
    times = middle(turns.busy, "p99") / middle(turns.quiet, "p99")
    print(f"{mode}: p99 {times:.2f} times that without log-ins (target {target(times, most=1.5)}).")
    stalls = ratio(most(turns.busy, "probe_max"), most(turns.quiet, "probe_max"))
    print(f"{mode}: longest stall {stalls} times that without.\n")


class Visitors(Errands):
    """People who log in, evenly over the measured time; it counts from the form's page on."""

    def __init__(self, port: int, seconds: float) -> None:
        super().__init__(int(seconds * PER_SECOND))
        self._port = port

    def start(self) -> None:
        """Begin; returns at once."""
        self._began = time.monotonic()
        super().start()

    def do(self, at: int) -> None:
        """One log-in, when it is its turn."""
        time.sleep(max(0.0, self._began + at / PER_SECOND - time.monotonic()))
        browser = Browser(self._port)
        began = time.monotonic()
        try:
            browser.log_in(f"person{41 + at % 19}", PASSPHRASE)
            self.took.append(time.monotonic() - began)
        finally:
            browser.close()


if __name__ == "__main__":
    main()
