"""What the workers tell each other of who is connected to them, in Redis: each keeps one hash under its own id.

A field for each person, ``<state>|<is active>|<log-in ids>``, and ``.``: the number of the write that the hash is as
of. By it whoever reads knows which of a read and a publish is newer. A sorted set has when each worker was last there,
by Redis's own clock. Who is not heard of for DEAD_SECONDS is dead, and its people with it.

One task writes, so writes are in order; what changes within a moment goes out together. With Redis away nothing waits:
whoever asks is told that nothing is known, and when it is back each worker writes its hash anew.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from chatapp.extensions import socketio
from chatapp.lib import orjson_codec
from chatapp.lib.chunks import chunks
from chatapp.lib.clock import iso, now
from chatapp.realtime import presence_here, rooms
from config import Config

log = logging.getLogger(__name__)
BEAT_SECONDS = 3.0
DEAD_SECONDS = 20.0
_GONE_SECONDS = 120.0
_ANSWER_SECONDS = 1.0
_RETRY_SECONDS = 0.5
# What changes within such a moment leaves together.
_GATHER_SECONDS = 0.02
_IN_ONE_TRIP = 250
_NUMBER = "."

# I am here (or, with ARGV[3], am leaving and last seen so many ms ago). Returns whether my hash is, and each worker
# with the milliseconds since it was last here.
_BEAT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now - ARGV[3], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local workers = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for at = 2, #workers, 2 do workers[at] = now - workers[at] end
return {redis.call('EXISTS', KEYS[2]), workers}
"""
# What all living workers but one say of people: a list of worker, fields in the order of the ids.
_READ = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = {}
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], now - ARGV[1], '+inf')) do
    if worker ~= ARGV[2] then
        found[#found + 1] = worker
        found[#found + 1] = redis.call('HMGET', KEYS[2] .. worker, unpack(ARGV, 3))
    end
end
return found
"""

# Of one worker, as of its write of that number: user id -> (state, is active, log-in ids), None for who is not there.
Said = dict[int, tuple[str, bool, set[int]] | None]


class Board:
    """``note``, ``doubt`` and ``leave`` return at once; ``read`` takes a round trip, ``_ANSWER_SECONDS`` at most."""

    def __init__(
        self,
        client: Any,
        prefix: str,
        own_id: str,
        *,
        renewed: str,
        back: Callable[[], None],
        lost: Callable[[str, datetime], None],
        died: Callable[[list[int], datetime], None],
    ) -> None:
        """``renewed`` is the channel on which it tells that its hash was written anew. ``back()`` is called once it
        can be read again, ``lost(worker, when)`` once a worker is dead; of all that notice, one is told by ``died``
        whose people that were."""
        self._client = client
        self._prefix, self._renewed, self._own_id = prefix, prefix + renewed, own_id
        self._back, self._lost, self._died = back, lost, died
        self._workers, self._hashes = f"{prefix}workers", f"{prefix}presence:"
        self._beat_script, self._read_script = client.register_script(_BEAT), client.register_script(_READ)
        self._wake: Any = None
        self._number = 0
        self._dirty: dict[int, datetime | None] = {}
        self._said: dict[int, str] = {}  # as it stands in the hash
        self._is_stale, self._is_away, self._is_leaving = True, False, False
        self._beat_at = 0.0
        self._alive: dict[str, float] = {}
        self._dead: set[str] = set()

    def start(self) -> None:
        """Begin to write."""
        self._wake = socketio.server.eio.create_event()
        socketio.start_background_task(self._run)

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be written, or it cannot be."""
        return self._wake is None or self._is_away or not (self._dirty or self._is_stale)

    def note(self, user_id: int, left_at: datetime | None) -> None:
        """Somebody's state or log-ins have changed here; ``left_at`` of somebody who has left."""
        if self._wake is not None:
            self._dirty[user_id] = left_at
            self._wake.set()

    def doubt(self) -> None:
        """Redis may have been away: see whether the hash is still there."""
        if self._wake is not None:
            self._beat_at = 0.0
            self._wake.set()

    def leave(self) -> None:
        """This process ends: its people count for the grace time, within which they come to other workers."""
        self._is_leaving = True
        self.doubt()

    def read(self, user_ids: list[int]) -> list[tuple[str, int, Said]] | None:
        """(worker, number of its last write, what it says of these people) of each other worker that lives; None
        when Redis is away."""
        if self._is_away:
            return None
        found: list[tuple[str, int, Said]] = []
        try:
            for ids in chunks(user_ids, _IN_ONE_TRIP):
                keys, dead = [self._workers, self._hashes], int(DEAD_SECONDS * 1000)
                answer = self._read_script(keys=keys, args=[dead, self._own_id, _NUMBER, *ids])
                for worker, (number, *values) in zip(answer[::2], answer[1::2], strict=True):
                    if number is not None:  # else its hash was lost, and what was last known stands
                        said = dict(zip(ids, map(_parsed, values), strict=True))
                        found.append((worker.decode(), int(number), said))
        except (RedisError, OSError) as error:
            self._note_away(error)
            return None
        return found

    def _run(self) -> None:
        while True:
            self._wake.wait(max(0.0, self._beat_at - time.monotonic()))
            self._wake.clear()
            socketio.sleep(_GATHER_SECONDS)
            try:
                self._flush()
                if time.monotonic() >= self._beat_at:
                    self._beat()
                if self._is_stale:
                    self._write_anew()
                was_away, self._is_away = self._is_away, False
                if was_away:
                    self._back()  # what the others told meanwhile, or wrote anew, could not be read
            except (RedisError, OSError) as error:
                self._note_away(error)
                self._beat_at = time.monotonic() + _RETRY_SECONDS
                socketio.sleep(_RETRY_SECONDS)
            except Exception:
                log.exception("presence could not be told to the other workers")
                socketio.sleep(_RETRY_SECONDS)

    def _note_away(self, error: Exception) -> None:
        if not self._is_away:
            log.warning("redis away: presence of this process alone: %s", type(error).__name__)
        self._is_away = self._is_stale = True

    def _flush(self) -> None:
        while self._dirty and not self._is_stale:
            changes = [self._dirty.popitem() for _ in range(min(_IN_ONE_TRIP, len(self._dirty)))]
            self._number += 1
            there, gone = {_NUMBER: str(self._number)}, []
            trip = self._client.pipeline(transaction=True)
            for user_id, left_at in changes:
                value, before = _value_of(user_id), self._said.pop(user_id, "")
                if value:
                    there[str(user_id)] = self._said[user_id] = value
                elif before:
                    gone.append(str(user_id))
                state = presence_here.state_of(user_id)
                if state != before.partition("|")[0]:
                    trip.publish(self._prefix + rooms.of_presence(user_id), self._word(state, left_at))
            own = self._hashes + self._own_id
            trip.hset(own, mapping=there)
            if gone:
                trip.hdel(own, *gone)
            trip.execute()

    def _word(self, state: str, left_at: datetime | None) -> bytes:
        word = {"from": self._own_id, "number": self._number, "state": state, "left_at": iso(left_at)}
        return orjson_codec.dumps_bytes(word)

    def _write_anew(self) -> None:
        """All of it, in the place of what may be there."""
        self._dirty.clear()
        self._said.clear()
        self._number += 1
        own = self._hashes + self._own_id
        fresh = own + ":new"
        self._client.delete(fresh)
        self._client.hset(fresh, _NUMBER, self._number)
        for ids in chunks(presence_here.user_ids(), _IN_ONE_TRIP):
            values = {user_id: _value_of(user_id) for user_id in ids}
            self._said |= {user_id: value for user_id, value in values.items() if value}
            if there := {str(user_id): value for user_id, value in values.items() if value}:
                self._client.hset(fresh, mapping=there)
        trip = self._client.pipeline(transaction=True)
        trip.rename(fresh, own)
        trip.pexpire(own, int(_GONE_SECONDS * 1000))
        trip.publish(self._renewed, orjson_codec.dumps_bytes({"from": self._own_id, "renewed": True}))
        trip.execute()
        self._is_stale = False
        if self._dirty:
            self._wake.set()

    def _beat(self) -> None:
        back = (DEAD_SECONDS - Config.PRESENCE_GRACE_SECONDS) * 1000 if self._is_leaving else 0
        keys = [self._workers, self._hashes + self._own_id]
        is_there, workers = self._beat_script(keys=keys, args=[self._own_id, int(_GONE_SECONDS * 1000), int(back)])
        self._beat_at = time.monotonic() + BEAT_SECONDS
        if self._is_leaving:
            self._beat_at += _GONE_SECONDS
        elif not is_there:
            self._is_stale = True
        ages = {worker.decode(): int(age) / 1000 for worker, age in zip(workers[::2], workers[1::2], strict=True)}
        ages.pop(self._own_id, None)
        self._judge(ages)

    def _judge(self, ages: dict[str, float]) -> None:
        present = time.monotonic()
        for worker, age in ages.items():
            if age <= DEAD_SECONDS:
                self._alive[worker] = present
                self._dead.discard(worker)
        # Of one that is not in the set at all nothing is known: Redis may have lost it.
        over = {worker: age for worker, age in ages.items() if age > DEAD_SECONDS}
        over |= {worker: present - at for worker, at in self._alive.items() if present - at > DEAD_SECONDS}
        for worker, age in over.items():
            self._alive.pop(worker, None)
            if worker not in self._dead:
                self._dead.add(worker)
                moment = now() - timedelta(seconds=age)
                self._lost(worker, moment)
                self._bury(worker, moment)

    def _bury(self, worker: str, moment: datetime) -> None:
        """One of those who are left looks after a dead worker's people."""
        if not self._client.set(f"{self._prefix}buried:{worker}", 1, nx=True, px=int(_GONE_SECONDS * 2000)):
            return
        fields = self._client.hgetall(self._hashes + worker)
        self._client.delete(self._hashes + worker)
        fields.pop(_NUMBER.encode(), None)
        if fields:
            self._died([int(user_id) for user_id in fields], moment)


# Of this process; None where there is no Redis.
own: Board | None = None


def read(user_ids: list[int]) -> list[tuple[str, int, Said]]:
    """As ``Board.read`` of this process; nothing where there is no Redis, or it is away."""
    return (own.read(user_ids) or []) if own else []


def make(options: dict[str, Any], url: str, prefix: str, own_id: str, **told: Any) -> Board:
    """A board on a Redis connection of its own."""
    patience = {"socket_timeout": _ANSWER_SECONDS, "socket_connect_timeout": _ANSWER_SECONDS}
    client = redis.Redis.from_url(url, **options | patience, retry=Retry(NoBackoff(), 0))
    return Board(client, prefix, own_id, **told)


def _value_of(user_id: int) -> str:
    """What this process says of a person, as it stands in the hash; empty for who is not here."""
    state = presence_here.state_of(user_id)
    logins = ",".join(map(str, sorted(presence_here.logins_of(user_id))))
    return f"{state}|{int(presence_here.is_active(user_id))}|{logins}" if state else ""


def _parsed(value: bytes | None) -> tuple[str, bool, set[int]] | None:
    if value is None:
        return None
    state, is_active, logins = value.decode().split("|")
    return state, is_active == "1", {int(login_id) for login_id in logins.split(",") if login_id}


def newest(said: Iterable[tuple[str, int, Said]]) -> Iterable[tuple[int, str, int, str]]:
    """(user id, worker, number, state) of all that was read."""
    for worker, number, people in said:
        for user_id, value in people.items():
            yield user_id, worker, number, value[0] if value else presence_here.NOWHERE
