"""What the workers of one arbiter know of each other, in memory that they share.

From old workers to new ones: who is being replaced goes on until the new ones are ready. And who has more
connections than another leaves the next one to it.
"""

from __future__ import annotations

import mmap
import struct

_PLACES = 64  # as many workers as WEB_CONCURRENCY may be
_READY, _CONNECTIONS = 2, 2 + _PLACES


class Handover:
    """Made by the arbiter. Workers are known by their age, in gunicorn's count; 0 is nobody's."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8 * (2 + 2 * _PLACES))

    def begin(self, age: int, workers: int) -> None:
        """All workers up to this age are to be replaced, by so many."""
        self._put(0, age)
        self._put(1, workers)

    def note_ready(self, age: int) -> None:
        """A worker has begun to accept connections."""
        self._put(_CONNECTIONS + age % _PLACES, 0)
        self._put(_READY + age % _PLACES, age)

    def forget(self, age: int) -> None:
        """A worker has gone."""
        if self._get(_READY + age % _PLACES) == age:
            self._put(_READY + age % _PLACES, 0)

    def wait_for_successors(self, age: int) -> bool:
        """Whether a worker of that age, which was told to end, had better go on for now."""
        last_old, workers = self._get(0), self._get(1)
        ready = sum(self._get(_READY + place) > last_old for place in range(_PLACES))
        return age <= last_old and ready < workers

    def note_connections(self, age: int, count: int) -> None:
        """How many a worker has."""
        self._put(_CONNECTIONS + age % _PLACES, count)

    def has_more_than_another(self, age: int, count: int) -> bool:
        """Whether one of the others has fewer than ``count``."""
        places = [place for place in range(_PLACES) if self._get(_READY + place) not in (0, age)]
        return any(self._get(_CONNECTIONS + place) < count for place in places)

    def _put(self, place: int, value: int) -> None:
        struct.pack_into("q", self._memory, 8 * place, value)

    def _get(self, place: int) -> int:
        (value,) = struct.unpack_from("q", self._memory, 8 * place)
        return int(value)
