"""Bodies of requests are taken in whole before anything asks the database.

A connection to it is kept from the first question, who this is, to the answer: whoever sent the rest of a body slowly
would keep it from everybody else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from chatapp.lib.errors import ChatError
from chatapp.realtime.slow_clients import PIECE_BYTES, Reading, read_on, too_slow, watched

V = TypeVar("V", bound=Callable[..., Any])
_WITH_BODIES = ("POST", "PUT", "PATCH", "DELETE")
# Of what is too large, so many times what is allowed is read on; who sends very much gets no answer.
_READ_ON_TIMES = 4
_streamed: set[Callable[..., Any]] = set()


def init_app(app: Flask) -> None:
    """Before all others that look at requests."""
    app.before_request(_take_in)


def streamed(view: V) -> V:
    """A view that takes its body in itself, as it comes, within limits of its own."""
    _streamed.add(view)
    return view


class _Body(Reading):
    """Read in pieces, whatever is asked for, so that it is known when the last one came."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        """As of a file."""
        piece = self.next_piece(size if size >= 0 else PIECE_BYTES)
        self.taken += len(piece)
        return piece


def _take_in() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or view in _streamed or request.method not in _WITH_BODIES:
        return
    config = current_app.config
    try:
        _read(_Body(request.environ, config["BODY_STALL_SECONDS"], config["BODY_SECONDS"]))
    except RequestEntityTooLarge:
        most = request.max_content_length or 0
        read_on(request.environ, _READ_ON_TIMES * most, config["BODY_STALL_SECONDS"])
        raise


def _read(body: _Body) -> None:
    raw, request.environ["wsgi.input"] = request.environ["wsgi.input"], body
    try:
        with watched(body):
            request.get_data(parse_form_data=True)  # kept: forms and JSON are had from it later
    except HTTPException:
        if not body.is_cut_off:
            raise
    finally:
        request.environ["wsgi.input"] = raw
    # What was cut off, or whose sender has hung up, looks like a body that has come to its end.
    if body.is_cut_off:
        raise too_slow()
    if body.taken < (request.content_length or 0):
        raise ChatError("bad_request", "That did not come whole. Try again.")
