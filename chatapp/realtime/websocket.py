"""WebSocket (RFC 6455), the server's side, on a socket of the patched standard library.

Written for many connections in one process: a message is read and a frame is written with one system call each, no
greenlet waits for a connection that may be written to at once, what a slow reader has not taken is bounded, and a
frame that is too large is refused by its header, before it is held. No extensions, text messages only.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import posix
import socket as sockets
from collections.abc import Callable, Iterator
from typing import Any

from chatapp.extensions import socketio
from chatapp.realtime.pace import Pace

# Not patched for the event loop, so it never waits: what cannot be written at once raises BlockingIOError.
_write = posix.write

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _BINARY, _CLOSE, _PING, _PONG = 1, 2, 8, 9, 10
GOING_AWAY, PROTOCOL_ERROR, NOT_UTF8, TOO_BIG = 1001, 1002, 1007, 1009
# One message in at most so many frames, control frames between them included.
FRAMES_MAX = 1_000
_CHUNK = 16_384


class ClosedError(Exception):
    """The other side broke the protocol, or one of the limits; ``code`` is the reason it is told."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class TakeOver:
    """An (empty) WSGI answer: the connection is no longer HTTP, ``run`` goes on with it in the caller's greenlet.

    ``serving.worker`` knows it by its ``client``.
    """

    def __init__(self, client: Any, run: Callable[[], None]) -> None:
        self.client = client
        self.run = run

    def __iter__(self) -> Iterator[bytes]:
        return iter(())


def upgrade(environ: dict[str, Any], max_bytes: int, held_max: int) -> WebSocket | None:
    """Answer the handshake of RFC 6455, 4.2; None when it is not one."""
    key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
    if len(key) != 24 or environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13":
        return None
    accept = base64.b64encode(hashlib.sha1(key.encode("latin-1") + _GUID, usedforsecurity=False).digest())
    client = environ["gunicorn.socket"]
    client.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    # The HTTP server closes its own descriptor when it is done with the request.
    return WebSocket(client.dup(), max_bytes, held_max)


def frame_of(text: str | bytes, opcode: int = _TEXT) -> bytes:
    """A whole message as one unmasked frame; the same bytes are good for every recipient."""
    payload = text.encode() if isinstance(text, str) else text
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65_536:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big") + payload


def unmask(payload: bytes, key: bytes) -> bytes:
    """RFC 6455, 5.3, as one exclusive-or of two long integers instead of one for each byte."""
    size = len(payload)
    pad = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")


class WebSocket:
    """One connection. Reading is for one greenlet; anybody may write, and never waits.

    ``max_bytes`` bounds a message that comes in, ``held_max`` what is kept for a reader that does not read.
    """

    __slots__ = (
        "_buffer", "_fd", "_held", "_held_max", "_is_closing", "_is_flushing", "_max_bytes", "_pace", "_socket"
    )  # fmt: skip

    def __init__(self, socket: Any, max_bytes: int, held_max: int) -> None:
        socket.settimeout(None)  # the heartbeat ends what is dead
        self._socket = socket
        self._fd = socket.fileno()
        self._buffer = b""
        self._held: bytearray | None = None
        self._held_max = held_max
        self._max_bytes = max_bytes
        self._pace = Pace()
        self._is_closing = self._is_flushing = False

    def receive(self) -> str | None:
        """The next text message; None once the connection is over, whoever ended it.

        Binary messages come as an empty text: nothing here is sent that way.
        """
        try:
            return self._receive()
        except ClosedError as error:
            self.close(error.code)
        except OSError:
            pass
        return None

    def send(self, text: str) -> None:
        """Send one text message."""
        self.send_frame(frame_of(text))

    def send_frame(self, frame: bytes) -> None:
        """Send what ``frame_of`` made. What cannot leave at once is held and follows by itself.

        A reader with more than ``held_max`` bytes waiting is cut off; it will come back and catch up.
        """
        if self._is_closing:
            return
        if self._held is not None:
            self._held += frame
            if len(self._held) > self._held_max:
                self.abort()
            return
        try:
            written = _write(self._fd, frame)
        except BlockingIOError:
            written = 0
        except OSError:
            self.abort()
            return
        if written < len(frame):
            self._held = bytearray(frame[written:])
            self._is_flushing = True
            socketio.start_background_task(self._flush)

    def close(self, code: int = 1000) -> None:
        """Say goodbye after all that was sent; the other side has the heartbeat's patience to answer."""
        if self._is_closing:
            return
        self.send_frame(frame_of(code.to_bytes(2, "big"), _CLOSE))
        self._is_closing = True
        if self._held is None:
            self._end_writing()

    def abort(self) -> None:
        """Let go at once, whatever is waiting; wakes whoever reads."""
        self._held = None
        self._is_closing = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(sockets.SHUT_RDWR)

    def release(self) -> None:
        """Give the descriptor back; only for the greenlet that reads, when it is done.

        While ``_flush`` waits on it, that is for ``_flush``, which the shutdown wakes: the event loop would go on
        waiting for a descriptor that is closed under it.
        """
        self.abort()
        self._fd = -1
        if not self._is_flushing:
            self._socket.close()

    def _flush(self) -> None:
        self._write_held()
        self._is_flushing = False
        if self._fd < 0:
            self._socket.close()

    def _write_held(self) -> None:
        """Write what is held whenever there is room for more."""
        while held := self._held:
            try:
                written = self._socket.send(bytes(held[:65_536]))
            except OSError:
                self.abort()
                return
            del held[:written]
        if self._held is None:  # let go of meanwhile
            return
        self._held = None
        if self._is_closing:
            self._end_writing()

    def _end_writing(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(sockets.SHUT_WR)

    def _receive(self) -> str | None:
        parts: list[bytes] = []
        size = frames = 0
        first = 0
        while True:
            is_last, opcode, payload = self._read_frame(self._max_bytes - size)
            frames += 1
            if opcode >= _CLOSE:
                if opcode == _CLOSE:
                    self.close()
                    return None
                if opcode == _PING:
                    self.send_frame(frame_of(payload, _PONG))
            else:
                if (opcode == 0) is not bool(first):  # a continuation of nothing, or a message within another
                    raise ClosedError(PROTOCOL_ERROR)
                first = first or opcode
                if is_last and not parts:
                    return _text(first, payload)
                parts.append(payload)
                size += len(payload)
                if is_last:
                    return _text(first, b"".join(parts))
            if frames > FRAMES_MAX:
                raise ClosedError(TOO_BIG)

    def _read_frame(self, room: int) -> tuple[bool, int, bytes]:
        """One frame: (is it the message's last, opcode, payload of at most ``room`` bytes)."""
        head = self._read(2)
        opcode, size = head[0] & 0x0F, head[1] & 0x7F
        if head[0] & 0x70 or not head[1] & 0x80 or opcode not in (0, _TEXT, _BINARY, _CLOSE, _PING, _PONG):
            raise ClosedError(PROTOCOL_ERROR)
        if opcode >= _CLOSE and (size > 125 or not head[0] & 0x80):
            raise ClosedError(PROTOCOL_ERROR)
        if size == 126:
            size = int.from_bytes(self._read(2), "big")
        elif size == 127:
            size = int.from_bytes(self._read(8), "big")
        if opcode < _CLOSE and size > room:
            raise ClosedError(TOO_BIG)
        self._pace.step(size)
        data = self._read(4 + size)
        return bool(head[0] & 0x80), opcode, unmask(data[4:], data[:4])

    def _read(self, size: int) -> bytes:
        """Exactly ``size`` bytes."""
        buffer = self._buffer
        if len(buffer) < size:
            parts, have = [buffer], len(buffer)
            while have < size:
                chunk = self._socket.recv(_CHUNK)
                if not chunk:
                    raise ConnectionResetError
                parts.append(chunk)
                have += len(chunk)
            buffer = b"".join(parts)
        self._buffer = buffer[size:]
        return buffer[:size]


def _text(opcode: int, payload: bytes) -> str:
    if opcode != _TEXT:
        return ""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise ClosedError(NOT_UTF8) from None
