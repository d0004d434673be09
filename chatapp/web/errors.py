"""Errors in plain words: JSON for scripts, a page for people; never a traceback."""

from __future__ import annotations

import logging

import pydantic
from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from chatapp.extensions import login_manager
from chatapp.lib.errors import ChatError, unavailable
from chatapp.models.transaction import DATABASE_AWAY
from chatapp.realtime.namespace import explain

log = logging.getLogger(__name__)

_WORDS = {
    400: ("That did not work", "The request was not understood. Go back, reload the page and try again."),
    403: ("Not allowed", "You may not do that."),
    404: ("Nothing here", "There is no such page, or it is not yours to see."),
    405: ("That did not work", "This address cannot be used that way."),
    408: ("Too slow", "What was sent came too slowly. Go back and try again."),
    413: ("Too large", "What was sent is too large."),
    429: ("Slow down", "That was too much at once. Wait a moment and try again."),
    500: ("Something broke", "An error on our side. Nothing that was confirmed is lost. Try again in a moment."),
    503: (
        "Busy",
        "The server cannot reach its database right now. Nothing that was confirmed is lost. Try again in a moment.",
    ),
}


def init_app(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(ChatError, _refused)
    app.register_error_handler(pydantic.ValidationError, lambda error: _refused(explain(error)))
    app.register_error_handler(HTTPException, _http)
    for error in DATABASE_AWAY:
        app.register_error_handler(error, _database_away)
    app.register_error_handler(Exception, _unexpected)
    login_manager.unauthorized_handler(_login_required)


def _csrf(error: CSRFError) -> ResponseReturnValue:
    if _is_api():
        return _refused(ChatError("csrf_failed", "This page is out of date. Reload it."))
    return _page(400, "This form is out of date", "Go back, reload the page and send it again.")


def _refused(error: ChatError) -> ResponseReturnValue:
    if not _is_api():
        return _page(error.status, *_WORDS.get(error.status, _WORDS[400]))
    headers = {"Retry-After": str(int(error.retry_after) + 1)} if error.retry_after is not None else {}
    return {"error": error.to_wire()}, error.status, headers


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    title, message = _WORDS.get(status, _WORDS[400 if status < 500 else 500])
    if 300 <= status < 400:
        return error
    if _is_api():
        code = {403: "forbidden", 404: "not_found", 413: "too_long", 429: "rate_limited"}.get(status, "bad_request")
        return {"error": {"code": code, "message": message}}, status
    return _page(status, title, message)


def _database_away(error: Exception) -> ResponseReturnValue:
    log.warning("%s: database away: %s", request.path, type(error).__name__)
    if _is_api():
        return _refused(unavailable())
    return _page(503, *_WORDS[503])


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    if _is_api():
        return {"error": {"code": "unavailable", "message": _WORDS[500][1]}}, 500
    return _page(500, *_WORDS[500])


def _login_required() -> ResponseReturnValue:
    if _is_api():
        return _refused(ChatError("login_required", "Log in first."))
    return redirect(url_for("auth.login", next=request.full_path.rstrip("?") if request.method == "GET" else None))


def _page(status: int, title: str, message: str) -> ResponseReturnValue:
    return render_template("errors/page.html", status=status, title=title, message=message), status


def _is_api() -> bool:
    return request.path.startswith("/api/")
