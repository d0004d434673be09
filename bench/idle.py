"""What an idle connection costs one worker, and whether people still chat while 10,000 of them are open.

Memory is PSS and RSS of the server's processes, each connection a person of their own with a log-in and a
conversation; reported as the growth since the server was warm, divided by the connections. The chat of 20 pairs, at
a fixed 30 % of what the worker can do, is measured without them, with 10,000 of them, and without them again.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

from bench.app import STORES, app, wait_for_calm
from bench.options import parser, plan_of
from bench.process import BenchError, python, start, tree_memory
from bench.services import Services
from bench.systems import MODES
from bench.table import machine, number, ratio, say, table, target, title
from bench.target import Target, measure

STEPS = (1_000, 10_000)
PAIRS = 20
SHARE = 0.3
KIB = 1024


def main() -> None:
    """Print the tables."""
    options = parser(__doc__)
    options.add_argument("--store", choices=STORES, default=STORES[-1])
    options.add_argument("--steps", type=int, nargs="+", default=STEPS, help="how many connections")
    options.add_argument("--modes", nargs="+", choices=MODES, default=MODES)
    chosen = options.parse_args()
    title("Idle connections", f"{machine()}; one worker on {chosen.store}.")
    with Services() as services:
        for mode in chosen.modes:
            try:
                wish = {"people": 2 * PAIRS + max(chosen.steps), "logins": 2 * PAIRS + max(chosen.steps)}
                wish["pairs"] = wish["people"] // 2
                with app(services, chosen.store, mode, **wish) as running:
                    _report(mode, running, chosen.steps, plan_of(chosen))
            except BenchError as error:
                print(f"{mode} failed: {error}\n")


def _report(mode: str, running: Target, steps: tuple[int, ...], plan: dict[str, Any]) -> None:
    people, running.pairs = running.cookies[2 * PAIRS :], running.pairs[:PAIRS]
    rate = measure(running, **plan).rate * SHARE
    plan |= {"rate": rate}
    runs = {"without": measure(running, **plan)}
    before = _memory(running)
    memory = []
    with contextlib.ExitStack() as held:
        for step, earlier in zip(steps, (0, *steps[:-1]), strict=True):
            began = time.monotonic()
            held.enter_context(_held(running.port, people[earlier:step]))
            say(f"{mode}: {step:,} open; the last {step - earlier:,} took {time.monotonic() - began:.0f} s")
            grown = {name: (value - before[name]) / step / KIB for name, value in _memory(running).items()}
            memory.append((f"{mode}, {step:,}", number(grown["Pss"], 1), number(grown["Rss"], 1)))
        runs[f"with {steps[-1]:,}"] = measure(running, **plan)
        last = grown["Pss"]
    wait_for_calm(running.pid)  # it says good-bye to all of them first
    runs["without again"] = measure(running, **plan)
    table(("idle connections", "PSS KiB each", "RSS KiB each"), memory)
    print(f"{mode}: {last:.1f} KiB each (target {target(last, most=38)}; goal 33).\n")
    without = (runs["without"].p99 + runs["without again"].p99) / 2
    rows = [
        (f"{mode}, {name}", *(number(value * 1e3, 1) for value in (one.p50, one.p99, one.max)), ratio(one.p99, without))
        for name, one in runs.items()
    ]
    table((f"chat at {rate:,.0f} msg/s, idle connections", "p50 ms", "p99 ms", "max ms", "p99 ratio"), rows)
    times = runs[f"with {steps[-1]:,}"].p99 / without
    print(f"{mode}: p99 {times:.2f} times that without them (target {target(times, most=2)}).\n", flush=True)


def _memory(running: Target) -> dict[str, int]:
    wait_for_calm(running.pid)
    return tree_memory(running.pid)


@contextlib.contextmanager
def _held(port: int, cookies: list[str]) -> Iterator[None]:
    holder = start(
        python("bench.hold"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        holder.stdin.write(json.dumps({"port": port, "cookies": cookies}) + "\n")
        holder.stdin.flush()
        if holder.stdout.readline() != "open\n":
            raise BenchError(holder.stderr.read().strip().rpartition("\n")[2])
        yield
        if holder.poll() is not None:
            raise BenchError(f"idle connections were lost: {holder.stderr.read().strip().rpartition(chr(10))[2]}")
    finally:
        holder.kill()
        holder.wait()


if __name__ == "__main__":
    main()
