"""Limits on how often something may happen, per key, counted in this process; some by all workers together.

A library was tried first; its memory grew with every key ever seen, and a clock set back kept people out.
"""

from __future__ import annotations

import ipaddress
import time
from collections import deque
from typing import Protocol

# name: (how many, in how many seconds). Told in docs/operations.md.
LIMITS = {
    "login_account": (10, 300),
    "login_address": (50, 300),
    "signup_address": (10, 600),
    "password_change": (10, 300),
    "profile_change": (20, 600),
    "account_change": (60, 60),
    "message_create": (60, 10),
    "message_change": (60, 10),
    "event": (300, 10),
    "sync": (30, 10),
    "connect": (60, 10),
    "presence_set": (30, 10),
    "presence_watch": (30, 10),
    "typing": (60, 10),
    "api": (300, 10),
    "conversation_create": (30, 60),
    "conversation_change": (120, 60),
    "push_subscribe": (30, 60),
    "push_test": (10, 60),
    "file_create": (120, 60),
}
# Beyond this many keys the expired ones are dropped, and if that is not enough, the oldest.
KEYS_MAX = 20_000


class Shared(Protocol):
    """Counts that other processes share."""

    def hit(self, name: str, key: str | int, most: int, seconds: float) -> float | None:
        """Like ``Throttle.hit``; None when this limit is not shared, or cannot be counted now."""

    def forgive(self, name: str, key: str | int) -> None:
        """Like ``Throttle.forgive``."""


class Throttle:
    """A moving window for each (limit, key), on a clock that nobody can set."""

    def __init__(self) -> None:
        self.enabled = True
        self.shared: Shared | None = None
        self._uses: dict[tuple[str, str | int], deque[float]] = {}

    def hit(self, name: str, key: str | int) -> float:
        """Count one use of ``name`` by ``key``; seconds to wait when it is over the limit, else 0."""
        if not self.enabled:
            return 0.0
        most, seconds = LIMITS[name]
        if self.shared is not None and (wait := self.shared.hit(name, key, most, seconds)) is not None:
            return wait
        present = time.monotonic()
        uses = self._uses.get((name, key))
        if uses is None:
            self._make_room(present)
            uses = self._uses[name, key] = deque()
        while uses and uses[0] <= present - seconds:
            uses.popleft()
        if len(uses) >= most:
            return max(0.1, round(uses[0] + seconds - present, 1))
        uses.append(present)
        return 0.0

    def forgive(self, name: str, key: str | int) -> None:
        """Take the last use back: for what only counts when it fails."""
        if self.shared is not None:
            self.shared.forgive(name, key)
        uses = self._uses.get((name, key))
        if uses:
            uses.pop()

    def _make_room(self, present: float) -> None:
        if len(self._uses) < KEYS_MAX:
            return
        alive = {key: uses for key, uses in self._uses.items() if uses and uses[-1] > present - LIMITS[key[0]][1]}
        self._uses = dict(list(alive.items())[-KEYS_MAX // 2 :])


def of_address(address: str) -> str:
    """The key of an address: of IPv6 the /64, which is what one customer has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
