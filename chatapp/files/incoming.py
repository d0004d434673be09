"""Uploads as they come in: to a file without a name, in pieces, within limits of size, time and number."""

from __future__ import annotations

import errno
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from chatapp.files.storage import no_space
from chatapp.lib import offload
from chatapp.lib.errors import ChatError, rate_limited
from chatapp.lib.file_kinds import HEAD_BYTES
from chatapp.realtime import slow_clients
from chatapp.realtime.slow_clients import PIECE_BYTES, Reading, too_slow, watched

AT_ONCE_OF_ONE = 4
AT_ONCE = 40
# What a form adds around its file.
FORM_BYTES = 16 * 1024
_WRITE_BYTES = 256 * 1024
# Of what is refused, so much is read on, for so long, so that who sends it can read why.
_READ_ON_BYTES = 4 * 1024 * 1024
_READ_ON_SECONDS = 3.0
_workers = offload.Workers(2)


class Limits(NamedTuple):
    """Of one upload: its size; seconds for 16 KB of it, and for all of it."""

    most_bytes: int
    piece_seconds: float
    whole_seconds: float


class Incoming(Reading):
    """One upload. ``name`` is as the browser says, not cleaned."""

    def __init__(self, environ: dict[str, Any], file: IO[bytes], limits: Limits) -> None:
        super().__init__(environ, limits.piece_seconds, limits.whole_seconds)
        self.file = file
        self.name = ""
        self.size = 0
        self.head = b""
        self._most_bytes = limits.most_bytes
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._is_whole = False

    def read(self, stream: BinaryIO, boundary: bytes) -> None:
        """Take the one file of a form in."""
        decoder = MultipartDecoder(boundary, max_form_memory_size=4 * PIECE_BYTES, max_parts=20)
        try:
            self._read_parts(decoder, stream)
        except (ValueError, HTTPException):
            raise ChatError("bad_request", "The body is no form that could be read.") from None
        self._write()

    def _read_parts(self, decoder: MultipartDecoder, stream: BinaryIO) -> None:
        is_wanted = has_file = False
        piece: bytes | None = b""
        while True:
            event = decoder.next_event()
            if isinstance(event, NeedData):
                if piece is None:
                    raise broken_off()
                piece = self._next_piece_of(stream)
                decoder.receive_data(piece)
            elif isinstance(event, Epilogue):
                break
            elif isinstance(event, File | Field):
                is_wanted = isinstance(event, File) and event.name == "file"
                if is_wanted and has_file:
                    raise ChatError("bad_request", "file: one at a time.")
                if is_wanted:
                    has_file, self.name = True, getattr(event, "filename", "")
            elif isinstance(event, Data) and is_wanted:
                self._add(event.data)
        if not has_file:
            raise ChatError("bad_request", "file: there is none in this form.")
        self._is_whole = True

    def is_too_slow(self, present: float) -> bool:
        """Not once all of it is there, however long it is looked at."""
        return not self._is_whole and super().is_too_slow(present)

    def check_wanted(self) -> None:
        """An error when who sent it is gone: it was taken out again, or will be sent anew."""
        if self.has_hung_up():
            raise broken_off()

    def _next_piece_of(self, stream: BinaryIO) -> bytes | None:
        try:
            piece = stream.read(PIECE_BYTES)
        except RequestEntityTooLarge:
            raise too_large(self._most_bytes) from None
        except (HTTPException, OSError):
            raise too_slow() if self.is_cut_off else broken_off() from None
        if self.is_cut_off:
            raise too_slow()
        self.note_piece()
        return piece or None

    def _add(self, data: bytes | bytearray) -> None:
        self.size += len(data)
        if self.size > self._most_bytes:
            raise too_large(self._most_bytes)
        self._held.append(bytes(data))
        self._held_bytes += len(data)
        if self._held_bytes >= _WRITE_BYTES:
            self._write()

    def _write(self) -> None:
        pieces, self._held, self._held_bytes = self._held, [], 0
        if not self.head and pieces:
            self.head = b"".join(pieces)[:HEAD_BYTES]
        _workers.run(_write_all, self.file.fileno(), pieces)


_of_user: Counter[int] = Counter()


@contextmanager
def receiving(environ: dict[str, Any], user_id: int, folder: Path, limits: Limits) -> Iterator[Incoming]:
    """Make room for one more upload; whatever becomes of it, nothing of it is left here."""
    if _of_user.total() >= AT_ONCE or _of_user[user_id] >= AT_ONCE_OF_ONE:
        raise rate_limited(2.0)
    _of_user[user_id] += 1
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            incoming = Incoming(environ, file, limits)
            with watched(incoming):
                yield incoming
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_space() from error
        raise
    finally:
        _of_user[user_id] -= 1
        if not _of_user[user_id]:
            del _of_user[user_id]


def read_on(environ: dict[str, Any]) -> None:
    """Take a little more of what was refused, and let the connection end after the answer."""
    slow_clients.read_on(environ, _READ_ON_BYTES, _READ_ON_SECONDS)


def too_large(most: int) -> ChatError:
    """The limit, in words."""
    return ChatError("too_long", f"A file may have {most / (1024 * 1024):g} MB at most.", status=413)


def broken_off() -> ChatError:
    """Less came than was announced."""
    return ChatError("bad_request", "file: it did not come whole.")


def _write_all(descriptor: int, pieces: list[bytes]) -> None:
    data = memoryview(b"".join(pieces))
    while data:
        data = data[os.write(descriptor, data) :]
