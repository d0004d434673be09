"""WebSocket frames before they are packets: fair to the other connections, capped, and cheap to unmask.

The drivers leave this open: a client that always has bytes ready is never descheduled, fragments of one message
are joined without a limit, and eventlet unmasks byte by byte in Python. Both drivers are recognised by what they
offer, not by name; one that offers neither is refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from chatapp.extensions import socketio, throttle

FRAMES_PER_SECOND = 200
BYTES_PER_SECOND = 1_000_000
BURST_SECONDS = 2.0
JUNK_MAX = 50
FRAMES_MAX = 1_000
# At least every so many frames everybody else gets a turn.
_TURN = 8


class TooMuchError(Exception):
    """A message larger than one may be; ends the connection."""


class Pace:
    """What one connection may send: a bucket that refills, and a pause when it is empty.

    A pause is all that is needed: the client's bytes then wait on its own side of the wire.
    """

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


class Intake:
    """What comes in until the next packet is whole: one message, its fragments and the control frames between."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._pace = Pace()
        self.begin()

    def begin(self) -> None:
        """A new message."""
        self._held = self._frames = 0

    def take(self, size: int) -> None:
        """One frame, or a part of one, of ``size`` bytes."""
        self._pace.step(size)
        self._held += size
        self._frames += 1
        if self._held > self._max_bytes or self._frames > FRAMES_MAX:
            raise TooMuchError(f"more than {self._max_bytes} bytes or {FRAMES_MAX} frames for one message")


class GuardedWebSocket:
    """What Engine.IO's receive loop reads from: text frames that can be Engine.IO packets, nothing else."""

    def __init__(self, websocket: Any, max_bytes: int) -> None:
        self._websocket = websocket
        self._junk = 0
        self._intake = Intake(max_bytes)
        if hasattr(websocket, "_recv_frame"):
            _guard_frames(websocket, self._intake)
        elif hasattr(getattr(websocket, "_sock", None), "raw_read"):
            _guard_reads(websocket._sock, self._intake)
        else:
            raise TypeError(f"no way to cap the frames of {type(websocket).__name__}")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._websocket, name)

    def wait(self) -> str | None:
        """The next packet; None ends the connection."""
        while self._junk <= JUNK_MAX:
            self._intake.begin()
            frame = self._websocket.wait()
            if frame is None or (isinstance(frame, str) and frame[:1] in tuple("0123456")):
                return frame
            self._junk += 1
        return None


def unmask(data: bytes, mask: Any, length: int | None = None, offset: int = 0) -> bytes:
    """RFC 6455, 5.3, as one exclusive-or of two long integers instead of one for each byte."""
    size = len(data) if length is None else length
    key = bytes(mask[(offset + place) % 4] for place in range(4))
    pad = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(data[:size]) ^ int.from_bytes(pad)).to_bytes(size)


def _guard_frames(websocket: Any, intake: Intake) -> None:
    """eventlet's: each frame passes ``_recv_frame``, which adds to the message it is given."""
    receive = websocket._recv_frame

    def guarded(message: Any = None) -> Any:
        known = len(message.data) if message else 0
        frame = receive(message)
        intake.take(sum(len(part) for part in frame.data[known if frame is message else 0 :]))
        return frame

    websocket._recv_frame = guarded
    websocket._apply_mask = unmask


def _guard_reads(websocket: Any, intake: Intake) -> None:
    """gevent-websocket's: headers are read through the stream, payloads through ``raw_read``."""
    for holder, name in ((websocket.stream, "read"), (websocket, "raw_read")):
        setattr(holder, name, _guarded_read(getattr(holder, name), intake))


def _guarded_read(read: Callable[[int], bytes], intake: Intake) -> Callable[[int], bytes]:
    def guarded(length: int) -> bytes:
        intake.take(length)
        return read(length)

    return guarded
