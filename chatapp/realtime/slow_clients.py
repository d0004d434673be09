"""Clients that are too slow: whatever waits for one is told to wait no longer once its time is up."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from werkzeug.exceptions import HTTPException

from chatapp.extensions import socketio
from chatapp.lib.errors import ChatError

# What has to come within the seconds of a piece.
PIECE_BYTES = 16 * 1024
_LOOK_SECONDS = 1.0


class Reading:
    """The body of one request, while it is read: so many seconds for a piece of it, and for all of it.

    ``is_cut_off`` once nothing more is let in.
    """

    def __init__(self, environ: dict[str, Any], piece_seconds: float, whole_seconds: float) -> None:
        self.is_cut_off = False
        self._piece_seconds = piece_seconds
        self._whole_seconds = whole_seconds
        self._began = self._last_piece = time.monotonic()
        self._socket = environ.get("gunicorn.socket")
        self._body = environ["wsgi.input"]

    def next_piece(self, most: int = PIECE_BYTES) -> bytes:
        """Wait for the next piece, which is whole unless it is the last one; nothing at the end."""
        piece: bytes = self._body.read(min(most, PIECE_BYTES))
        self.note_piece()
        return piece

    def note_piece(self) -> None:
        """There is another one."""
        self._last_piece = time.monotonic()

    def is_too_slow(self, present: float) -> bool:
        """Whether it brought too little lately, or takes too long in all, at this time of ``time.monotonic``."""
        return present - self._last_piece > self._piece_seconds or present - self._began > self._whole_seconds

    def cut_off(self) -> None:
        """What waits for more gets nothing more."""
        self.is_cut_off = True
        self._body.failed = True  # for gunicorn: what still comes of it is no further request
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RD)

    def has_hung_up(self) -> bool:
        """Whether the client is gone, once its body is read: nobody is left to be told what became of it."""
        if self._socket is None:
            return False
        try:
            readable, _, _ = select.select([self._socket], [], [], 0)
            return bool(readable) and not self._socket.recv(1, socket.MSG_PEEK)
        except OSError:
            return True


_watched: set[Reading] = set()
_watch = {"is_on": False}


@contextmanager
def watched(reading: Reading) -> Iterator[None]:
    """Have it cut off when it is too slow."""
    _watched.add(reading)
    if not _watch["is_on"]:
        _watch["is_on"] = True
        socketio.start_background_task(_cut_off_slow_ones)
    try:
        yield
    finally:
        _watched.discard(reading)


def _cut_off_slow_ones() -> None:
    try:
        while _watched:
            present = time.monotonic()
            for reading in list(_watched):
                if not reading.is_cut_off and reading.is_too_slow(present):
                    reading.cut_off()
            socketio.sleep(_LOOK_SECONDS)
    finally:
        _watch["is_on"] = False


def read_on(environ: dict[str, Any], most_bytes: int, seconds: float) -> None:
    """Read some more of what was refused, and keep nothing: browsers hear no answer while they still send.

    Where it does not come to its end within this, the connection ends after the answer.
    """
    rest, taken = Reading(environ, seconds, seconds), 0
    with watched(rest), suppress(HTTPException, OSError):
        while taken < most_bytes and not rest.is_too_slow(time.monotonic()):
            piece = rest.next_piece()
            if not piece:
                return
            taken += len(piece)
    # gunicorn does not look for a further request behind a body that failed.
    environ["wsgi.input"].failed = True


def too_slow() -> ChatError:
    """Whoever sends a few bytes a second."""
    return ChatError("bad_request", "That came too slowly. Try again.", status=408)
