"""Fixed offered load: how long messages take at a share of what each system can do.

A closed loop hides queueing: when the server stalls, nothing is sent. Here messages are due at random moments at a
fixed rate, whatever happens, and latency counts from when a message was due. Each system first has its closed-loop
rate measured; then it is offered shares of that.
"""

from __future__ import annotations

from pathlib import Path

from bench.options import parser, plan_of
from bench.plot import plot_offered
from bench.process import BenchError
from bench.services import Services
from bench.systems import CHANNELS, FULL, systems
from bench.table import machine, number, say, table, title
from bench.target import Measured, measure

SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
HEAD = (
    "system",
    "share of its closed loop",
    "offered msg/s",
    "arrived msg/s",
    "p50 ms",
    "p99 ms",
    "max ms",
    "server CPU µs/msg",
    "missing",
)


def main() -> None:
    """Print the table; with ``--plot PATH`` (.svg or .png) draw it as well."""
    options = parser(__doc__)
    options.add_argument("--plot", type=Path, help="where to draw p50 and p99 against the offered rate")
    options.add_argument("--systems", nargs="+", default=[FULL["eventlet"], CHANNELS], help="rows of `compare`")
    chosen = options.parse_args()
    title("Fixed offered load", f"{machine()}; {chosen.seconds:g} s at each rate, latency from when a message was due.")
    rows, lines = [], {}
    with Services() as services:
        for name in chosen.systems:
            try:
                lines[name] = _steps(services, name, plan_of(chosen))
                rows += [_row(name, share, offered, one) for share, offered, one in lines[name]]
            except BenchError as error:
                rows.append((name, f"failed: {error}", *[""] * (len(HEAD) - 2)))
    table(HEAD, rows)
    if chosen.plot and lines:
        plot_offered(
            chosen.plot, {name: [(offered, one) for _, offered, one in steps] for name, steps in lines.items()}
        )


def _steps(services: Services, name: str, plan: dict[str, float]) -> list[tuple[float, float, Measured]]:
    with systems()[name](services) as running:
        closed = measure(running, **plan)
        say(f"{name}: {closed.rate:,.0f} msg/s in a closed loop")
        steps = []
        for share in SHARES:
            offered = closed.rate * share
            steps.append((share, offered, measure(running, rate=offered, **plan)))
            say(f"{name}: {offered:,.0f} msg/s offered, p99 {steps[-1][2].p99 * 1e3:.1f} ms")
        return steps


def _row(name: str, share: float, offered: float, one: Measured) -> tuple[str, ...]:
    times = (number(value * 1e3, 1) for value in (one.p50, one.p99, one.max))
    cpu, missing = number(one.micros["server"]), number(one.missing)
    return (name, f"{share:.0%}", number(offered), number(one.rate), *times, cpu, missing)


if __name__ == "__main__":
    main()
