"""What is sent by polling: a body that is whole, and in time, or none."""

from __future__ import annotations

from typing import Any

from chatapp.realtime.slow_clients import Reading, watched


def read_body(environ: dict[str, Any], seconds: float) -> str:
    """A request's body; ValueError when not all of it has come in so many seconds, or it is no text."""
    size = int(environ.get("CONTENT_LENGTH") or 0)
    try:
        with watched(Reading(environ, seconds, seconds)):
            data: bytes = environ["wsgi.input"].read(size)
    except OSError:
        raise ValueError("broken off") from None
    if len(data) < size:
        raise ValueError("broken off, or cut off")
    return data.decode()
