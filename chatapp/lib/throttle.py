"""Limits on how often something may happen, per key."""

from __future__ import annotations

import time
from functools import cache

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

# (name, limit): what one key may do. Documented in docs/operations.md.
LIMITS = {
    "login_account": "10 per 5 minutes",
    "login_address": "50 per 5 minutes",
    "signup_address": "10 per 10 minutes",
    "message_create": "60 per 10 seconds",
    "event": "300 per 10 seconds",
    "conversation_create": "30 per minute",
    "password_change": "10 per 5 minutes",
}


class Throttle:
    """Counts in this process. ``hit`` returns how long to wait, in seconds, or 0 when it may go ahead."""

    def __init__(self) -> None:
        self.enabled = True
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, name: str, key: str | int) -> float:
        """Count one use of ``name`` by ``key``; seconds to wait when it is over the limit, else 0."""
        if not self.enabled:
            return 0.0
        limit = _limit(name)
        if self._limiter.hit(limit, name, str(key)):
            return 0.0
        return self._wait(limit, name, key)

    def check(self, name: str, key: str | int) -> float:
        """Like ``hit`` without counting: for what is only counted when it fails."""
        if not self.enabled or self._limiter.test(_limit(name), name, str(key)):
            return 0.0
        return self._wait(_limit(name), name, key)

    def _wait(self, limit: RateLimitItem, name: str, key: str | int) -> float:
        reset = self._limiter.get_window_stats(limit, name, str(key)).reset_time
        return max(0.1, round(reset - time.time(), 1))


@cache
def _limit(name: str) -> RateLimitItem:
    return parse(LIMITS[name])
