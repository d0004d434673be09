"""The same actions at a small and at a large size, in turn, so that whatever else the machine does falls on both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

from bench.process import BenchError
from bench.table import number, ratio, table, target

WARM_ROUNDS = 20
Action = Callable[[int], object]


def compare(
    what: str,
    actions: Mapping[str, Action],
    sizes: tuple[int, int],
    cpu: Callable[[int], float],
    *,
    rounds: int,
    most: float,
) -> None:
    """Print the median round trip and the mean CPU of each action at both sizes, and large over small.

    ``cpu`` gives the seconds used so far by what serves a size; ``most`` is the target for the ratio of CPU.
    """
    rows, problems, ratios = [], [], []
    for name, action in actions.items():
        try:
            took, used = _measure(action, sizes, cpu, rounds)
        except (BenchError, OSError) as error:
            problems.append(f"{name}: {error}")
            continue
        small, large = (statistics.median(took[size]) * 1e3 for size in sizes)
        small_cpu, large_cpu = (used[size] / rounds * 1e6 for size in sizes)
        ratios.append(large_cpu / small_cpu)
        trips = (number(small, 2), number(large, 2), ratio(large, small))
        rows.append((name, *trips, number(small_cpu), number(large_cpu), ratio(large_cpu, small_cpu)))
    heads = [f"{size:,}: {unit}" for unit in ("ms", "CPU µs") for size in sizes]
    table((what, *heads[:2], "ratio", *heads[2:], "ratio"), rows)
    for problem in problems:
        print(f"Not measured: {problem}")
    if ratios:
        print(f"{what}: the highest ratio of CPU is {max(ratios):.2f} (target {target(max(ratios), most=most)}).\n")


def _measure(
    action: Action, sizes: tuple[int, int], cpu: Callable[[int], float], rounds: int
) -> tuple[dict[int, list[float]], dict[int, float]]:
    took: dict[int, list[float]] = {size: [] for size in sizes}
    used = dict.fromkeys(sizes, 0.0)
    for number_of_round in range(WARM_ROUNDS + rounds):
        for size in sizes if number_of_round % 2 else reversed(sizes):
            used_before, before = cpu(size), time.perf_counter()
            action(size)
            if number_of_round >= WARM_ROUNDS:
                took[size].append(time.perf_counter() - before)
                used[size] += cpu(size) - used_before
    return took, used
