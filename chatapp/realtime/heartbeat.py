"""Heartbeats of all connections of this process, by one task instead of one for each.

Each connection is due once in a while; a wheel of one-second slots keeps who is due when. On a clock that nobody
can set.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Protocol

from chatapp.extensions import socketio

# After so many connections everybody else gets a turn.
_TURN = 10


class Beating(Protocol):
    """What the wheel turns."""

    def beat(self) -> float | None:
        """Do what is due; seconds until the next time, or None when there is none."""


class Wheel:
    """Calls ``beat`` of each of its members when it is due, within a second."""

    def __init__(self) -> None:
        self._slots: defaultdict[int, list[Beating]] = defaultdict(list)
        self._turned_to = int(time.monotonic())
        self._is_turning = False

    def add(self, member: Beating, seconds: float) -> None:
        """Have ``member`` beat in about ``seconds``; spread a little, so that those who came together part."""
        due = time.monotonic() + seconds * random.uniform(0.9, 1.0)  # noqa: S311 (spreads load, hides nothing)
        self._slots[max(int(due), self._turned_to + 1)].append(member)
        if not self._is_turning:
            self._is_turning = True
            socketio.start_background_task(self._turn)

    def _turn(self) -> None:
        while True:
            socketio.sleep(0.5)
            present = int(time.monotonic())
            while self._turned_to < present:
                self._turned_to += 1
                self._beat(self._slots.pop(self._turned_to, []))

    def _beat(self, members: list[Beating]) -> None:
        for place, member in enumerate(members, 1):
            wait = member.beat()
            if wait is not None:
                self.add(member, wait)
            if place % _TURN == 0:
                socketio.sleep(0)


wheel = Wheel()


class Deadline:
    """Calls ``end`` when ``seconds`` are over, unless it was called off; for what has no heartbeat yet."""

    def __init__(self, seconds: float, end: Callable[[], None]) -> None:
        self._end: Callable[[], None] | None = end
        wheel.add(self, seconds)

    def call_off(self) -> None:
        """It was done in time."""
        self._end = None

    def beat(self) -> None:
        """Up to ``wheel``: the time is over."""
        if self._end is not None:
            self._end()
