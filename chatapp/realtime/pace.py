"""How much one connection may send: fair to the others, whatever it does."""

from __future__ import annotations

import time

from chatapp.extensions import socketio, throttle

FRAMES_PER_SECOND = 200
BYTES_PER_SECOND = 1_000_000
BURST_SECONDS = 2.0
# At least every so many frames everybody else gets a turn.
_TURN = 8


class Pace:
    """A bucket that refills, and a pause when it is empty.

    A pause is all that is needed: the client's bytes then wait on its own side of the wire.
    """

    __slots__ = ("_bytes", "_frames", "_since", "_turn")

    def __init__(self) -> None:
        self._frames = self._bytes = 0.0
        self._since = time.monotonic()
        self._turn = 0

    def step(self, size: int) -> None:
        """Account for one frame of ``size`` bytes; may let others run, or pause."""
        self._frames += 1
        self._bytes += size
        self._turn += 1
        if self._turn >= _TURN:
            self._turn = 0
            socketio.sleep(self._overdraft() if throttle.enabled else 0)

    def _overdraft(self) -> float:
        present = time.monotonic()
        passed, self._since = present - self._since, present
        self._frames = max(0.0, self._frames - passed * FRAMES_PER_SECOND)
        self._bytes = max(0.0, self._bytes - passed * BYTES_PER_SECOND)
        used = max(self._frames / FRAMES_PER_SECOND, self._bytes / BYTES_PER_SECOND)
        return max(0.0, used - BURST_SECONDS)
