"""From old workers to new ones: who is being replaced goes on until the new ones are ready."""

from __future__ import annotations

import mmap
import struct
import time

# Beyond this the new ones are not waited for.
PATIENCE_SECONDS = 20.0
_PLACES = 64  # as many workers as WEB_CONCURRENCY may be


class Handover:
    """Made by the arbiter, and shared with its workers: the ages of those that are ready, in gunicorn's count."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8 * (_PLACES + 2))

    def begin(self, age: int, workers: int) -> None:
        """All workers up to this age are to be replaced, by so many."""
        self._put(0, age)
        self._put(1, workers)

    def note_ready(self, age: int) -> None:
        """A worker has begun to accept connections."""
        self._put(2 + age % _PLACES, age)

    def wait_for_successors(self, age: int) -> bool:
        """Whether a worker of that age, which was told to end, had better go on for now."""
        last_old, workers = self._get(0), self._get(1)
        ready = sum(self._get(2 + place) > last_old for place in range(_PLACES))
        return age <= last_old and ready < workers

    def _put(self, place: int, value: int) -> None:
        struct.pack_into("q", self._memory, 8 * place, value)

    def _get(self, place: int) -> int:
        (value,) = struct.unpack_from("q", self._memory, 8 * place)
        return int(value)


def deadline() -> float:
    """Until when, on the monotonic clock, a worker waits for its successors."""
    return time.monotonic() + PATIENCE_SECONDS
