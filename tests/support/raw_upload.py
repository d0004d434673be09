"""Requests as no browser would make them: with a length that is a lie, without an end, drop by drop."""

import socket
import time
from contextlib import suppress

from tests.support.people import Person

HEAD = b'Content-Disposition: form-data; name="file"; filename="a.bin"'
END = b"\r\n--B--\r\n"


def raw_upload(person: Person, headers: bytes, body: bytes, length: int | None = None) -> socket.socket:
    """A form as no browser would write it; ``length`` is what is claimed of it."""
    whole = b"--B\r\n" + headers + b"\r\n\r\n" + body
    return raw_request(person, "POST /api/files", "multipart/form-data; boundary=B", whole, length)


def raw_request(person: Person, what: str, kind: str, body: bytes, length: int | None = None) -> socket.socket:
    """``what``, such as ``POST /account``, with a body of which ``length`` is claimed; -1: that it comes in chunks."""
    rest = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if length == -1 else body
    wire = raw_head(
        person, what, kind, "Transfer-Encoding: chunked" if length == -1 else f"Content-Length: {length or len(body)}"
    )
    with suppress(ConnectionError):  # of one that has answered already; the answer can still be read
        wire.sendall(rest)
    return wire


def raw_head(person: Person, what: str, kind: str, length: str) -> socket.socket:
    """All but the body, and what is said of its length."""
    wire = socket.create_connection(("127.0.0.1", int(person.url.rpartition(":")[2])), 30)
    wire.sendall(
        f"{what} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-CSRFToken: {person.token}\r\nCookie: {person.cookie}\r\n"
        f"Content-Type: {kind}\r\n{length}\r\nConnection: close\r\n\r\n".encode()
    )
    return wire


def read_all(wire: socket.socket) -> bytes:
    """The answer, up to the end of the connection."""
    with wire:
        found = b""
        with suppress(ConnectionResetError):  # by a server that has said what it has to say
            while piece := wire.recv(65536):
                found += piece
    return found


def trickle(wire: socket.socket, piece: bytes, every: float, within: float = 60) -> bytes:
    """Goes on with ``piece`` after ``piece`` until there is an answer, which it returns."""
    deadline = time.monotonic() + within
    wire.settimeout(every)
    while time.monotonic() < deadline:
        try:
            start = wire.recv(1)
        except TimeoutError:
            with suppress(ConnectionError):
                wire.sendall(piece)
            continue
        wire.settimeout(30)
        return start + read_all(wire)
    wire.close()
    raise AssertionError(f"no answer after {within:g} s")
