"""A running system that is measured, and one measurement of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.plan import Plan, Result
from bench.process import BenchError, python, start, tree_cpu_seconds
from bench.services import Postgres, Redis


@dataclass
class Target:
    """A system that serves: where it listens, how it speaks, what runs for it and who has an account."""

    pid: int
    port: int
    dialect: str
    pairs: list[dict[str, Any]]
    postgres: Postgres | None = None
    redis: Redis | None = None
    cookies: list[str] = field(default_factory=list)
    user_ids: list[int] = field(default_factory=list)
    histories: list[int] = field(default_factory=list)
    workers: int = 1

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU so far, by part."""
        return {name: tree_cpu_seconds(pid) for name, pid in self._parts().items()}

    def fine_cpu(self) -> float:
        """Seconds of CPU so far in all; good for the difference that a single action makes."""
        return sum(tree_cpu_seconds(pid, is_fine=True) for pid in self._parts().values())

    def _parts(self) -> dict[str, int]:
        parts = {"server": self.pid}
        parts |= {"postgres": self.postgres.pid} if self.postgres else {}
        return parts | ({"redis": self.redis.pid} if self.redis else {})


@dataclass
class Measured(Result):
    """A result with the CPU that it took, in microseconds a message, by part; ``generator`` is the load itself."""

    micros: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


def measure(target: Target, meanwhile: Callable[[], None] | None = None, **plan: Any) -> Measured:
    """Run a load on the target. ``plan`` is what differs from ``Plan``; ``meanwhile`` is called when it is warm."""
    if target.postgres:
        target.postgres.settle()
    text = json.dumps(asdict(Plan(target.port, target.dialect, target.pairs, pid=_pid_to_look_at(target), **plan)))
    generator = start(
        python("bench.load"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        generator.stdin.write(text)  # type: ignore[union-attr]
        generator.stdin.close()  # type: ignore[union-attr]
        _expect(generator, "warm")
        before = target.cpu()
        if meanwhile:
            meanwhile()
        _expect(generator, "end")
        after = target.cpu()
        result = Measured(**json.loads(_line(generator)))
    finally:
        generator.kill()
        generator.wait()
    # An open loop may come to more or fewer messages than were due; those that came are what was paid for.
    paid = max(result.messages, 1)
    result.micros = {name: (after[name] - before[name]) / paid * 1e6 for name in after}
    result.micros["generator"] = result.cpu / paid * 1e6
    return result


def _pid_to_look_at(target: Target) -> int:
    return target.pid if target.workers > 1 else 0


def _expect(generator: subprocess.Popen[Any], word: str) -> None:
    line = _line(generator)
    if line != word:
        raise BenchError(f"the load generator said {line!r}, not {word!r}")


def _line(generator: subprocess.Popen[Any]) -> str:
    line: str = generator.stdout.readline().strip()  # type: ignore[union-attr]
    if not line:
        raise BenchError(generator.stderr.read().strip().rpartition("\n")[2] or "the load generator ended")  # type: ignore[union-attr]
    return line
