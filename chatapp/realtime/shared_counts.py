"""Counts that all workers share, in Redis: of log-ins, sign-ups and password changes, which are about guessing.

The rest is about load, and counted by each process for itself.
"""

from __future__ import annotations

import hashlib
import logging
import time
from typing import Any

import redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
SHARED = {"login_account", "login_address", "signup_address", "password_change"}
_ANSWER_SECONDS = 1.0
_AWAY_SECONDS = 5.0

# A moving window: the times of the uses, by Redis's own clock. Returns milliseconds to wait, 0 when it is counted.
_HIT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most, window = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZCARD', KEYS[1]) >= most then
    local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    return oldest[2] + window - now
end
redis.call('ZADD', KEYS[1], now, time[1] .. '.' .. time[2])
redis.call('PEXPIRE', KEYS[1], window)
return 0
"""


class SharedCounts:
    """What ``Throttle`` asks for the limits in SHARED; None from either method: Redis is away, count for yourself."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._script = client.register_script(_HIT)
        self._away_until = 0.0

    def hit(self, name: str, key: str | int, most: int, seconds: float) -> float | None:
        """Count one use; seconds to wait when it is over the limit, else 0."""
        if name not in SHARED or time.monotonic() < self._away_until:
            return None
        try:
            wait = self._script(keys=[self._key(name, key)], args=[most, int(seconds * 1000)])
        except RedisError as error:
            self._note_away(error)
            return None
        return max(0.1, round(int(wait) / 1000, 1)) if wait else 0.0

    def forgive(self, name: str, key: str | int) -> None:
        """Take the last use back."""
        if name not in SHARED or time.monotonic() < self._away_until:
            return
        try:
            self._client.zpopmax(self._key(name, key))
        except RedisError as error:
            self._note_away(error)

    def _key(self, name: str, key: str | int) -> str:
        # Names and addresses are nobody's business in there.
        return f"{self._prefix}count:{name}:{hashlib.sha256(str(key).encode()).hexdigest()[:24]}"

    def _note_away(self, error: RedisError) -> None:
        log.warning("redis away: counting in this process alone: %s", type(error).__name__)
        self._away_until = time.monotonic() + _AWAY_SECONDS


def make(options: dict[str, Any], url: str, prefix: str) -> SharedCounts:
    """Counts on a Redis of their own connections."""
    client = redis.Redis.from_url(
        url, **options | {"socket_timeout": _ANSWER_SECONDS, "socket_connect_timeout": _ANSWER_SECONDS}
    )
    return SharedCounts(client, prefix)
