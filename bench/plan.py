"""What the load generator is asked to do, and what it answers."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

now = time.perf_counter


@dataclass
class Plan:
    """What to do. ``pairs`` have ``conversation_id`` and the ``cookies`` of sender and receiver; ``probe`` has a
    ``cookie`` and ``every`` so many seconds an event that the server refuses at once; ``split`` puts senders and
    receivers on two different ones of the server's processes under ``pid``."""

    port: int
    dialect: str
    pairs: list[dict[str, Any]]
    warmup: float = 3
    seconds: float = 10
    body: str = "x" * 100
    rate: float | None = None
    probe: dict[str, Any] | None = None
    split: bool = False
    pid: int = 0


@dataclass
class Result:
    """What came of it; times in seconds. ``missing`` were due but did not arrive by the end of the drain, and
    ``refused`` count from the start on; both only in an open loop."""

    messages: int = 0
    seconds: float = 0
    p50: float = 0
    p99: float = 0
    max: float = 0
    missing: int = 0
    acks: int = 0
    refused: int = 0
    cpu: float = 0
    probe_p50: float = 0
    probe_p99: float = 0
    probe_max: float = 0
    workers: list[int] = field(default_factory=list)


def percentiles(took: list[float]) -> tuple[float, float, float]:
    """The median, the 99th and the last of what is sorted."""
    if not took:
        return 0.0, 0.0, 0.0
    return took[len(took) // 2], took[int(len(took) * 0.99)], took[-1]
