"""Uploads as no browser would make them: with a length that is a lie, without an end, drop by drop."""

import socket
import time
from contextlib import suppress

from tests.support.people import Person

HEAD = b'Content-Disposition: form-data; name="file"; filename="a.bin"'
END = b"\r\n--B--\r\n"


def raw_upload(person: Person, headers: bytes, body: bytes, length: int | None = None) -> socket.socket:
    """A form as no browser would write it; ``length`` is what is claimed of it."""
    whole = b"--B\r\n" + headers + b"\r\n\r\n" + body
    rest = b"%x\r\n%s\r\n0\r\n\r\n" % (len(whole), whole) if length == -1 else whole
    wire = socket.create_connection(("127.0.0.1", int(person.url.rpartition(":")[2])), 30)
    wire.sendall(
        b"POST /api/files HTTP/1.1\r\nHost: 127.0.0.1\r\nX-CSRFToken: "
        + person.token.encode()
        + b"\r\nCookie: "
        + person.cookie.encode()
        + b"\r\nContent-Type: multipart/form-data; boundary=B\r\n"
        + (
            b"Transfer-Encoding: chunked\r\n"
            if length == -1
            else f"Content-Length: {length or len(whole)}\r\n".encode()
        )
        + b"Connection: close\r\n\r\n"
    )
    with suppress(ConnectionError):  # of one that has answered already; the answer can still be read
        wire.sendall(rest)
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
