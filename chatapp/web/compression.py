"""Pages and JSON, compressed.

The length of a compressed page can tell about a secret in it when an attacker's text stands beside it (BREACH). As
Django does, each answer gets a file name of random length in its gzip header, which hides differences of length
("Heal the Breach", Palacios, Palacios and Rodero-Merino, 2022).

A megabyte takes some 0.1 s, so what is large is compressed in threads, while the event loop serves the others.
"""

from __future__ import annotations

import gzip
import io
import secrets

from flask import Flask, Response, request

from chatapp.extensions import db
from chatapp.lib import offload

_LEAST_BYTES = 1024
_LARGE_BYTES = 32 * 1024
_LEVEL = 5
_PADDING_MAX = 100
# Of their own, so that all that is compressed leaves the shared ones to the database.
_workers = offload.Workers(2)


def init_app(app: Flask) -> None:
    """Compress what is worth it, for those who take gzip."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype not in ("text/html", "application/json") or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings.best_match(["gzip"]) or len(response.data) < _LEAST_BYTES:
        return response
    response.data = _compressed(response.data)
    response.headers["Content-Encoding"] = "gzip"
    return response


def _compressed(data: bytes) -> bytes:
    if len(data) < _LARGE_BYTES:
        return _padded_gzip(data)
    db.session.close()  # nobody keeps a database connection while they wait for a thread
    return _workers.run(_padded_gzip, data)


def _padded_gzip(data: bytes) -> bytes:
    name = "x" * (1 + secrets.randbelow(_PADDING_MAX))
    buffer = io.BytesIO()
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=_LEVEL, fileobj=buffer, mtime=0) as file:
        file.write(data)
    return buffer.getvalue()
