"""The table: every system in turn under the one workload, in rounds that alternate, so that drift shows.

20 pairs of people, 40 WebSockets, one message in flight in each pair, 100-byte bodies.
"""

from __future__ import annotations

import argparse
import statistics

from bench.options import parser, plan_of
from bench.process import BenchError
from bench.services import Services
from bench.systems import CHANNELS, FULL, MODES, RELAY, systems
from bench.table import machine, number, ratio, say, table, target, title
from bench.target import Measured, measure

HEAD = (
    "system",
    "msg/s",
    "by round",
    "p50 ms",
    "p99 ms",
    "server CPU µs/msg",
    "PostgreSQL",
    "Redis",
    "CPU to relay's",
    "msg/s to Channels'",
)


def main() -> None:
    """Print the table."""
    options = _options()
    wanted = {name: system for name, system in systems().items() if options.only in name}
    found: dict[str, list[Measured]] = {name: [] for name in wanted}
    failed: dict[str, str] = {}
    title("The one workload, every system", f"{machine()}; {options.rounds} rounds of {options.seconds:g} s each.")
    with Services() as services:
        for _ in range(options.rounds):
            for name, system in wanted.items():
                try:
                    with system(services) as running:
                        found[name].append(measure(running, **plan_of(options)))
                    say(f"{name}: {found[name][-1].rate:,.0f} msg/s")
                except BenchError as error:
                    failed[name] = str(error)
                    say(f"{name}: {error}")
    _report(found, failed)


def _options() -> argparse.Namespace:
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=2, help="how often each system has its turn")
    options.add_argument("--only", default="", help="only systems with this in their name")
    return options.parse_args()


def _report(found: dict[str, list[Measured]], failed: dict[str, str]) -> None:
    means = {name: _means(measured) for name, measured in found.items() if measured}
    rows = []
    for name, measured in found.items():
        if measured:
            floor = means.get(RELAY[_mode(name)], {}).get("server") if _mode(name) else None
            mean = means[name]
            rows.append(
                (
                    name,
                    number(mean["rate"]),
                    " / ".join(number(one.rate) for one in measured),
                    number(mean["p50"] * 1e3, 1),
                    number(mean["p99"] * 1e3, 1),
                    number(mean["server"]),
                    number(mean.get("postgres")),
                    number(mean.get("redis")),
                    ratio(mean["server"], floor),
                    ratio(mean["rate"], means.get(CHANNELS, {}).get("rate")),
                )
            )
    table(HEAD, rows)
    for name, problem in failed.items():
        print(f"{name} failed: {problem}")
    generator = [one.micros["generator"] for measured in found.values() for one in measured]
    if generator:
        mean = statistics.mean(generator)
        print(f"The load generator itself took {mean:.0f} µs/msg (target {target(mean, most=60)}).")
    _targets(means)


def _targets(means: dict[str, dict[str, float]]) -> None:
    full, peer = means.get(FULL["eventlet"]), means.get(CHANNELS)
    if full and peer:
        times = full["rate"] / peer["rate"]
        print(f"{FULL['eventlet']}: {times:.1f} times Channels' messages (target {target(times, least=6)}; goal 8).")
    for mode in MODES:
        full, floor, two = (means.get(name) for name in (FULL[mode], RELAY[mode], f"{FULL[mode]}, 2 workers"))
        if full and floor:
            times = full["server"] / floor["server"]
            print(f"{FULL[mode]}: {times:.2f} of the relay's CPU (target {target(times, most=1.3)}; goal 1.0).")
        if full and two:
            times = two["server"] / full["server"]
            print(f"{FULL[mode]}: 2 workers take {times:.2f} of one's CPU (target {target(times, most=1.25)}).")


def _means(measured: list[Measured]) -> dict[str, float]:
    """Over the rounds."""
    figures = [{"rate": one.rate, "p50": one.p50, "p99": one.p99} | one.micros for one in measured]
    return {name: statistics.mean(figure[name] for figure in figures) for name in figures[0]}


def _mode(name: str) -> str:
    return next((mode for mode in MODES if mode in name), "")


if __name__ == "__main__":
    main()
