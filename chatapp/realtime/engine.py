"""The ground under the namespace: the Socket.IO server, and who is refused before anything is read.

What reaches into private parts of python-socketio and python-engineio is in ``hooks.py``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from flask import Flask

from chatapp.extensions import socketio
from chatapp.realtime import audience, broadcasts, elsewhere, hooks, presence
from chatapp.realtime.namespace import GuardedNamespace
from chatapp.realtime.packets import GuardedPacket


def init_app(app: Flask, async_mode: str, namespace: GuardedNamespace) -> None:
    """Make the Socket.IO server, with its guards, and put it in front of the app."""
    config = app.config
    socketio.init_app(
        app,
        async_mode=async_mode,
        async_handlers=False,  # one client's events are handled in the order in which they were sent
        manage_session=False,
        cors_allowed_origins=config["ALLOWED_ORIGINS"] or None,
        client_manager=elsewhere.make_manager(app),
        monitor_clients=False,  # the hooks' heartbeat does
        serializer=GuardedPacket,
        max_http_buffer_size=config["MAX_FRAME_BYTES"],
        ping_interval=config["PING_INTERVAL_SECONDS"],
        ping_timeout=config["PING_TIMEOUT_SECONDS"],
    )
    audience.init_app(app, broadcasts.conversation_removed_here)
    presence.init_app(app)
    hooks.adopt(socketio.server, namespace.receive, config["SLOW_READER_BYTES"], config["HANDSHAKE_SECONDS"])
    socketio.on_namespace(namespace)
    app.wsgi_app = HandshakeGuard(app, app.wsgi_app)  # type: ignore[method-assign]


class HandshakeGuard:
    """WSGI middleware for ``/socket.io``: answers what ``refusal`` refuses, and takes compression off the table."""

    def __init__(self, app: Flask, inner: Any) -> None:
        self._app = app
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith("/socket.io"):
            return self._inner(environ, start_response)
        # Compression costs more memory and time than short messages save, and unpacks into any size.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        refused = refusal(self._app, environ)
        if refused is None:
            return self._inner(environ, start_response)
        status, message = refused
        start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")])
        return [message.encode()]


def refusal(app: Flask, environ: dict[str, Any]) -> tuple[str, str] | None:
    """Why a request to ``/socket.io`` is refused before it is read or upgraded: (status, reason), or None.

    A session id is worth nothing without the cookie it began with.
    """
    if int(environ.get("CONTENT_LENGTH") or 0) > app.config["MAX_FRAME_BYTES"]:
        return "413 Content Too Large", "This is more than one request may carry."
    if "HTTP_UPGRADE" in environ and environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13":
        return "426 Upgrade Required", "Only WebSocket version 13 (RFC 6455) is spoken here."
    origin = environ.get("HTTP_ORIGIN")
    if origin and origin not in (socketio.server.eio._cors_allowed_origins(environ) or ()):
        return "400 Bad Request", "Not an accepted origin."
    sid = parse_qs(environ.get("QUERY_STRING", "")).get("sid", [""])[0]
    connection = socketio.server.eio.sockets.get(sid)
    if connection is not None and connection.closed:
        return "400 Bad Request", "This connection is closed."
    begun = socketio.server.environ.get(sid)
    if begun is not None and _login_token(app, begun) != _login_token(app, environ):
        return "403 Forbidden", "This connection belongs to another log-in."
    return None


def _login_token(app: Flask, environ: dict[str, Any]) -> str | None:
    session = app.session_interface.open_session(app, app.request_class(environ))
    return session.get("_user_id") if session else None


class Outsiders:
    """Engine.IO connections that never joined the namespace are closed after HANDSHAKE_SECONDS."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._first_seen: dict[str, float] = {}

    def close_overdue(self) -> None:
        """Called every few seconds."""
        server = socketio.server
        present = time.monotonic()
        # Only while a page is coming in has a connection no member, so this is short even for very many.
        outside = [sid for sid, connection in list(server.eio.sockets.items()) if connection.member is None]
        self._first_seen = {eio_sid: self._first_seen.get(eio_sid, present) for eio_sid in outside}
        for eio_sid, since in self._first_seen.items():
            if present - since > self._patience and (connection := server.eio.sockets.pop(eio_sid, None)):
                connection.close()
