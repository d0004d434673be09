"""What is sent by polling: a body that is whole, and in time, or none."""

from __future__ import annotations

import contextlib
import socket as sockets
from typing import Any

from chatapp.realtime.heartbeat import Deadline


def read_body(environ: dict[str, Any], seconds: float) -> str:
    """A request's body; ValueError when not all of it has come in so many seconds, or it is no text."""
    body, size = environ["wsgi.input"], int(environ.get("CONTENT_LENGTH") or 0)

    def cut_off() -> None:
        body.failed = True  # for gunicorn: what still comes of it is no further request
        with contextlib.suppress(OSError):
            environ["gunicorn.socket"].shutdown(sockets.SHUT_RD)

    deadline = Deadline(seconds, cut_off)
    try:
        data: bytes = body.read(size)
    except OSError:
        raise ValueError("broken off") from None
    finally:
        deadline.call_off()
    if len(data) < size:
        raise ValueError("broken off, or cut off")
    return data.decode()
