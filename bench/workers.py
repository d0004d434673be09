"""What a message costs with more workers, summed over all of them, PostgreSQL and Redis.

Where the members of the pairs sit is seen from outside and, for ``split``, chosen: all who write on one worker, all
who read on another, so that each message crosses. With 8 workers the other six have no member of any conversation,
and should cost nothing. What the server takes while nobody is connected is told apart, in ms of CPU a second; the
ratios are of what a message takes beyond that.
"""

from __future__ import annotations

import time

from bench.app import STORES, app
from bench.options import parser, plan_of
from bench.process import BenchError
from bench.services import Services
from bench.systems import MODES
from bench.table import machine, number, ratio, say, table, target, title
from bench.target import Measured, Target, measure

CASES = {
    "1 worker": (1, False),
    "2 workers": (2, False),
    "2 workers, split": (2, True),
    "8 workers": (8, False),
    "8 workers, split on two": (8, True),
}
HEAD = (
    "workers",
    "msg/s",
    "p50 ms",
    "p99 ms",
    "idle ms/s",
    "server CPU µs/msg",
    "PostgreSQL",
    "Redis",
    "ratio",
    "sockets",
)
IDLE_SECONDS = 5
# To place people, connections are opened on all workers and closed again; a worker hears their rooms for 10 to 15 s
# more, and would be paid for here.
LEFT_SECONDS = 17


def main() -> None:
    """Print a table for each async mode."""
    options = parser(__doc__)
    options.add_argument("--store", choices=STORES, default=STORES[-1])
    options.add_argument("--modes", nargs="+", choices=MODES, default=MODES)
    chosen = options.parse_args()
    title("More workers", f"{machine()}; {chosen.store}; CPU is summed over all processes of the server.")
    with Services() as services:
        for mode in chosen.modes:
            found: dict[str, Measured] = {}
            for name, (workers, is_split) in CASES.items():
                try:
                    with app(services, chosen.store, mode, workers) as running:
                        idle = _idle(running)
                        plan = plan_of(chosen)
                        if is_split:
                            plan["warmup"] = max(plan["warmup"], LEFT_SECONDS)
                        found[name] = measure(running, split=is_split, **plan)
                    found[name].micros["idle"] = idle
                    found[name].micros["beyond"] = found[name].micros["server"] - idle / found[name].rate * 1e6
                    say(f"{mode}, {name}: {found[name].micros['server']:.0f} µs/msg")
                except BenchError as error:
                    print(f"{mode}, {name} failed: {error}")
            _report(mode, found)


def _idle(running: Target) -> float:
    """Seconds of CPU a second of a server that nobody talks to."""
    before = running.cpu()["server"]
    time.sleep(IDLE_SECONDS)
    return (running.cpu()["server"] - before) / IDLE_SECONDS


def _report(mode: str, found: dict[str, Measured]) -> None:
    one = found.get("1 worker")
    rows = []
    for name, measured in found.items():
        micros = measured.micros
        rows.append(
            (
                f"{mode}, {name}",
                number(measured.rate),
                number(measured.p50 * 1e3, 1),
                number(measured.p99 * 1e3, 1),
                number(micros["idle"] * 1e3, 1),
                number(micros["beyond"]),
                number(micros.get("postgres")),
                number(micros.get("redis")),
                ratio(micros["beyond"], one and one.micros["beyond"]),
                " + ".join(map(str, measured.workers)),
            )
        )
    if rows:
        table(HEAD, rows)
    for name, other, most in (("2 workers", "1 worker", 1.25), ("8 workers, split on two", "2 workers, split", 1.1)):
        if name in found and other in found:
            times = found[name].micros["beyond"] / found[other].micros["beyond"]
            print(f"{mode}: {name} take {times:.2f} of the CPU of {other} (target {target(times, most=most)}).")


if __name__ == "__main__":
    main()
