"""WebSockets of the load generator: frames made by hand, and only as much of each protocol as the runs need.

JSON is built from templates and searched as bytes, never parsed: the generator shares the machine with what it
measures.
"""

from __future__ import annotations

import base64
import os
import select
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass

# The cookies of the runs are made for this browser.
AGENT = "bench"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
# A larger buffer would be mapped and unmapped anew for each read.
_READ_BYTES = 16_384
_HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nUser-Agent: {agent}\r\nCookie: {cookie}\r\n\r\n"
)


@dataclass(frozen=True)
class Dialect:
    """How a system speaks. ``hello`` is said and ``welcome`` awaited on opening; ``message`` takes the number of
    the ack, the conversation, the client id and the body; ``join`` the conversation."""

    path: str
    hello: bytes
    welcome: bytes
    message: bytes
    created: bytes
    ack: bytes
    accepted: bytes
    join: bytes = b""
    joined: bytes = b""


_SOCKET_IO = {
    "path": "/socket.io/?EIO=4&transport=websocket",
    "hello": b"40/chat,",
    "welcome": b"40/chat,",
    "message": b'42/chat,%d["message_create",{"conversation_id":%d,"client_id":"%s","body":"%s"}]',
    "created": b'42/chat,["message_created"',
    "ack": b"43/chat,",
    "accepted": b'"ok":true',
}
DIALECTS = {
    "chat": Dialect(**_SOCKET_IO),
    "relay": Dialect(**_SOCKET_IO, join=b'42/chat,1["join",{"conversation_id":%d}]', joined=b"43/chat,1"),
    "channels": Dialect(
        path="/ws/chat/",
        hello=b"",
        welcome=b"",
        message=b'{"type": "message_create", "id": %d, "conversation_id": %d, "client_id": "%s", "body": "%s"}',
        created=b'{"type": "message_created"',
        ack=b'{"type": "ack"',
        accepted=b'"ok": true',
    ),
}


class Connection:
    """One browser's socket. Opening it and ``ask`` block; ``receive`` and ``send`` do not."""

    def __init__(self, port: int, dialect: Dialect, cookie: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self._unsent = b""
        self._shake_hands(port, dialect, cookie)
        self._socket.setblocking(False)
        self.fileno = self._socket.fileno
        if dialect.hello:
            self.ask(dialect.hello, dialect.welcome)

    @property
    def local_port(self) -> int:
        """What tells this connection from others."""
        port: int = self._socket.getsockname()[1]
        return port

    def close(self) -> None:
        """Let go."""
        self._socket.close()

    def ask(self, text: bytes, prefix: bytes, within: float = 30) -> bytes:
        """Send, and wait for the first packet that begins so; others are dropped."""
        self.send(text)
        end = time.monotonic() + within
        ready = select.poll()
        ready.register(self.fileno(), select.POLLIN)
        while True:
            ready.poll(max(0.0, end - time.monotonic()) * 1e3)
            for packet in self.receive():
                if packet.startswith(prefix):
                    return packet
                if packet.startswith(b"44/chat,"):
                    raise ConnectionError(packet.decode())
            if time.monotonic() > end:
                raise TimeoutError(f"no {prefix!r} within {within:g} s")

    def send(self, text: bytes, opcode: int = _TEXT) -> bool:
        """One frame, masked with zeros; whether all of it went out (else ``flush`` later)."""
        size = len(text)
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size) if size < 126 else _long_head(opcode, size)
        return self.flush(b"%b\0\0\0\0%b" % (head, text))

    def flush(self, more: bytes = b"") -> bool:
        """Send what is left, and ``more``; whether all of it went out."""
        frame = self._unsent + more if self._unsent else more
        try:
            sent = self._socket.send(frame)
        except BlockingIOError:
            sent = 0
        self._unsent = frame[sent:]
        return not self._unsent

    def receive(self) -> list[bytes]:
        """The packets that have come; heartbeats are answered here."""
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return []
        if not data:
            raise ConnectionError("the server closed a connection")
        if self._rest:
            data = self._rest + data
        at, size, packets = 0, len(data), []
        while size - at >= 2:
            length, start = data[at + 1], at + 2
            if length >= 126:
                if size - at < 10:
                    break
                start = at + (4 if length == 126 else 10)
                length = int.from_bytes(data[at + 2 : start], "big")
            end = start + length
            if end > size:
                break
            packet, opcode, at = data[start:end], data[at] & 15, end
            if opcode == _TEXT and packet != b"2":
                packets.append(packet)
            else:
                self._answer(opcode, packet)
        self._rest = data[at:]
        return packets

    def _answer(self, opcode: int, packet: bytes) -> None:
        if opcode == _CLOSE:
            raise ConnectionError("the server ended a connection")
        if opcode == _TEXT:
            self.send(b"3")
        elif opcode == _PING:
            self.send(packet, _PONG)

    def _shake_hands(self, port: int, dialect: Dialect, cookie: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            _HANDSHAKE.format(path=dialect.path, port=port, key=key, cookie=cookie, agent=AGENT).encode()
        )
        data = b""
        while b"\r\n\r\n" not in data:
            more = self._socket.recv(_READ_BYTES)
            data += more
            if not more:
                raise ConnectionError(f"no handshake: {data[:200]!r}")
        answer, _, self._rest = data.partition(b"\r\n\r\n")
        if b" 101 " not in answer.partition(b"\r\n")[0]:
            raise ConnectionError(f"no handshake: {answer[:200]!r}")


def _long_head(opcode: int, size: int) -> bytes:
    if size < 65_536:
        return struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
    return struct.pack("!BBQ", 0x80 | opcode, 0xFF, size)


def client_ids() -> Iterator[bytes]:
    """Random UUIDs, as browsers make them, some at a time."""
    while True:
        text = os.urandom(16 * 100).hex().encode()
        for at in range(0, len(text), 32):
            h = text[at : at + 32]
            yield b"%b-%b-4%b-8%b-%b" % (h[:8], h[8:12], h[13:16], h[17:20], h[20:])
