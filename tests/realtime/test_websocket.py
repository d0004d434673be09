"""Frames that no browser sends: they cost their sender its connection, and nobody else anything."""

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from chatapp.realtime.websocket import frame_of, unmask
from tests.support.server import Server

TEXT, CONTINUATION, PING = 1, 0, 9
# A bound on what the contract calls "throttled, others go on": with a stalled loop it took over 10 s.
STILL_ANSWERS_WITHIN = 6
MEGABYTE = 1 << 20


class Wire:
    """A WebSocket without a log-in, written by hand, frame by frame."""

    def __init__(self, server: Server, version: str | None = "13") -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        lines = [
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
            f"Host: 127.0.0.1:{server.port}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Extensions: permessage-deflate",
        ] + ([f"Sec-WebSocket-Version: {version}"] if version else [])
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        answer, _, self.early = self.socket.recv(4096).partition(b"\r\n\r\n")
        self.answer = answer.decode(errors="replace")

    def send(self, opcode: int, data: bytes, *, is_last: bool = True) -> None:
        size = len(data)
        head = bytes([opcode | (0x80 if is_last else 0)])
        if size < 126:
            head += bytes([size | 0x80])
        elif size < 1 << 16:
            head += struct.pack("!BH", 126 | 0x80, size)
        else:
            head += struct.pack("!BQ", 127 | 0x80, size)
        self.socket.sendall(head + bytes(4) + data)

    def receive_frame(self) -> tuple[int, bytes]:
        """(opcode, payload) of the next frame."""
        head = self._receive(2)
        size = head[1]
        if size == 126:
            (size,) = struct.unpack("!H", self._receive(2))
        return head[0] & 0x0F, self._receive(size)

    def _receive(self, size: int) -> bytes:
        data, self.early = self.early[:size], self.early[size:]
        while len(data) < size:
            chunk = self.socket.recv(size - len(data))
            assert chunk, "closed"
            data += chunk
        return data

    def is_closed(self, within: float = 10) -> bool:
        self.socket.settimeout(within)
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    with opened(server) as wire:
        yield wire


@contextmanager
def opened(server: Server) -> Iterator[Wire]:
    wire = Wire(server)
    assert " 101 " in wire.answer
    yield wire
    wire.socket.close()


def memory_behind(server: Server, wire: Wire) -> Callable[[], int]:
    """Asks for the bytes in memory of the worker that has a connection."""
    worker = server.worker_at(wire.socket.getsockname()[1])
    assert worker is not None, "no worker has this connection"
    return lambda: int(Path(f"/proc/{worker}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def ends(wire: Wire, send: Callable[[], None]) -> bool:
    """Whether the server closes the connection when this is sent again and again."""
    try:
        for _ in range(5000):
            send()
    except OSError:
        return True
    return wire.is_closed()


def flood(wire: Wire, make: Callable[[], None], stop: threading.Event) -> threading.Thread:
    def run() -> None:
        try:
            while not stop.is_set():
                make()
        except OSError:
            stop.wait()  # closed by the server, or the test is over

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("opcode", "data"),
    [
        pytest.param(TEXT, b"x", id="junk"),
        pytest.param(TEXT, b"3", id="pong", marks=pytest.mark.thorough),
        pytest.param(PING, b"", id="ping", marks=pytest.mark.thorough),
        pytest.param(TEXT, b"4" * 1000, id="packets", marks=pytest.mark.thorough),
    ],
)
def test_a_flood_before_the_log_in_stops_nobody(start_server: Callable[..., Server], opcode: int, data: bytes) -> None:
    server = start_server(RATE_LIMITS="on")
    wires = [Wire(server) for _ in range(3)]
    stop = threading.Event()
    threads = [flood(wire, lambda wire=wire: wire.send(opcode, data), stop) for wire in wires]
    try:
        for _ in range(20):
            assert requests.get(f"{server.url}/healthz", timeout=STILL_ANSWERS_WITHIN).status_code == 200
    finally:
        stop.set()
        for wire in wires:
            wire.socket.close()
        for thread in threads:
            thread.join(10)


def test_fragments_of_one_message_are_bounded_together(own_server: Server) -> None:
    with opened(own_server) as wire:
        memory = memory_behind(own_server, wire)
        before = memory()
        wire.send(TEXT, b"4" + b"x" * 60_000, is_last=False)
        assert ends(wire, lambda: wire.send(CONTINUATION, b"x" * 60_000, is_last=False))
        assert memory() - before < 10 * MEGABYTE


def test_a_frame_that_says_it_is_huge_is_refused_before_it_is_held(own_server: Server) -> None:
    with opened(own_server) as wire:
        memory = memory_behind(own_server, wire)
        before = memory()
        assert ends(wire, lambda: wire.send(TEXT, b"4" * (40 * MEGABYTE)))
        assert memory() - before < 10 * MEGABYTE


def test_empty_fragments_without_end_close_the_connection(wire: Wire) -> None:
    wire.send(TEXT, b"4", is_last=False)
    assert ends(wire, lambda: wire.send(CONTINUATION, b"", is_last=False))


@pytest.mark.parametrize("version", [None, "8", "0"])
def test_other_versions_of_the_protocol_are_refused(server: Server, version: str | None) -> None:
    wire = Wire(server, version)
    assert " 101 " not in wire.answer.split("\r\n")[0]
    assert "Traceback" not in wire.answer
    wire.socket.close()


def test_compression_is_not_negotiated(wire: Wire) -> None:
    assert "permessage-deflate" not in wire.answer


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 125, 70_000])
def test_unmasking_is_what_the_standard_says(size: int) -> None:
    data, key = os.urandom(size), os.urandom(4)
    expected = bytes(byte ^ key[place % 4] for place, byte in enumerate(data))
    assert unmask(data, key) == expected


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 100_000])
def test_a_frame_says_how_long_it_is(size: int) -> None:
    frame = frame_of(b"x" * size)
    short = frame[1]
    assert frame[0] == 0x81
    if size < 126:
        assert (short, frame[2:]) == (size, b"x" * size)
    else:
        width = 2 if size < 65_536 else 8
        assert short == (126 if width == 2 else 127)
        assert int.from_bytes(frame[2 : 2 + width], "big") == size
        assert frame[2 + width :] == b"x" * size


BROKEN = {
    "an unmasked frame": bytes([0x81, 1]) + b"2",
    "a reserved bit": bytes([0xC1, 0x81]) + bytes(4) + b"2",
    "an opcode that is not": bytes([0x83, 0x81]) + bytes(4) + b"2",
    "a fragmented ping": bytes([0x09, 0x80]) + bytes(4),
    "a long ping": bytes([0x89, 0xFE, 0, 126]) + bytes(4) + b"x" * 126,
    "a continuation of nothing": bytes([0x80, 0x81]) + bytes(4) + b"2",
    "a message within a message": bytes([0x01, 0x81]) + bytes(4) + b"2" + bytes([0x81, 0x81]) + bytes(4) + b"2",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_the_protocol_is_told_so_and_closed(wire: Wire, name: str) -> None:
    wire.socket.settimeout(10)
    wire.receive_frame()  # Engine.IO's opening
    wire.socket.sendall(BROKEN[name])
    assert wire.receive_frame() == (8, struct.pack("!H", 1002))
    assert wire.is_closed()


def test_text_that_is_no_text_is_told_so_and_closed(wire: Wire) -> None:
    wire.receive_frame()
    wire.send(TEXT, b"4\xff\xfe")
    assert wire.receive_frame() == (8, struct.pack("!H", 1007))
    assert wire.is_closed()


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_frames_may_arrive_in_any_pieces(wire: Wire, step: int) -> None:
    """A ping between two fragments of a message is answered; then the message is understood."""
    wire.receive_frame()
    sent = (
        bytes([0x01, 0x81]) + bytes(4) + b"4"
        + bytes([0x89, 0x82]) + b"\1\2\3\4" + bytes([ord("h") ^ 1, ord("i") ^ 2])
        + bytes([0x80, 0x87]) + bytes(4) + b"0/chat,"
    )  # fmt: skip
    for start in range(0, len(sent), step):
        wire.socket.sendall(sent[start : start + step])
    assert wire.receive_frame() == (10, b"hi")
    opcode, payload = wire.receive_frame()
    assert opcode == TEXT
    assert b"login_required" in payload


def test_a_goodbye_is_answered(wire: Wire) -> None:
    wire.receive_frame()
    wire.send(8, struct.pack("!H", 1000))
    assert wire.receive_frame()[0] == 8
    assert wire.is_closed()
