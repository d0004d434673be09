"""The ground under the namespace: hostile or broken packets, connections that stay outside, stolen ids.

Everything here that reaches into python-socketio or python-engineio is tested against the pinned versions.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from flask import Flask
from socketio import packet

from chatapp.extensions import socketio
from chatapp.lib import orjson_codec
from chatapp.realtime.frames import GuardedWebSocket
from chatapp.realtime.rooms import NAMESPACE

# What python-socketio itself sends through the event handlers; a client may not.
_RESERVED = {"connect", "disconnect", "__disconnect_final"}
# In place of a packet that cannot be read, the namespace gets this event.
MALFORMED = "malformed packet"
_EVENT_WITH_ID = re.compile(r"[25](?:\d{0,10}-)?(/[^,]{0,64},)?(\d{1,15})\[")


class GuardedPacket(packet.Packet):
    """Decoding never raises: what is malformed or binary becomes an event that no handler knows.

    So it is answered with ``bad_request`` where it carries an ack id, and the connection lives on.
    """

    uses_binary_events = False
    json = orjson_codec

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "encoded_packet" in kwargs and not kwargs["encoded_packet"]:
            kwargs["encoded_packet"] = "?"  # an empty one would not be decoded, nor refused
        super().__init__(*args, **kwargs)

    def decode(self, encoded_packet: Any) -> int:
        """Decode a text packet; files travel over HTTP, so no attachment is ever awaited."""
        try:
            if not isinstance(encoded_packet, str) or encoded_packet[:1] not in ("0", "1", "2", "3"):
                raise ValueError("not a packet that clients send")
            attachments = super().decode(encoded_packet)
            if attachments or (self.packet_type == packet.EVENT and not self._is_event()):
                raise ValueError("not an event")
        except Exception:  # noqa: BLE001 (the decoder raises whatever its input leads it to)
            self._become_malformed(encoded_packet)
        return 0

    def _is_event(self) -> bool:
        return (
            isinstance(self.data, list)
            and bool(self.data)
            and isinstance(self.data[0], str)
            and self.data[0] not in _RESERVED
        )

    def _become_malformed(self, encoded_packet: Any) -> None:
        found = _EVENT_WITH_ID.match(encoded_packet) if isinstance(encoded_packet, str) else None
        self.packet_type = packet.EVENT
        self.namespace = NAMESPACE
        self.id = int(found[2]) if found else None
        self.data = [MALFORMED, {}]


def init_app(app: Flask, async_mode: str) -> None:
    """Make the Socket.IO server, with its guards, and put it in front of the app."""
    config = app.config
    socketio.init_app(
        app,
        async_mode=async_mode,
        async_handlers=False,  # one client's events are handled in the order in which they were sent
        manage_session=False,
        cors_allowed_origins=config["ALLOWED_ORIGINS"] or None,
        serializer=GuardedPacket,
        max_http_buffer_size=config["MAX_FRAME_BYTES"],
        ping_interval=config["PING_INTERVAL_SECONDS"],
        ping_timeout=config["PING_TIMEOUT_SECONDS"],
    )
    _guard_websockets(config["MAX_FRAME_BYTES"])
    _drop_late_packets()
    app.wsgi_app = HandshakeGuard(app, app.wsgi_app)  # type: ignore[method-assign]


def _guard_websockets(max_bytes: int) -> None:
    """Put ``frames`` between the driver and Engine.IO's receive loop, which would break off at a bad one."""
    driver = socketio.server.eio._async["websocket"]
    if driver is None:
        return

    def guarded(handler: Callable[[Any], Any], server: Any) -> Any:
        return driver(lambda websocket: handler(GuardedWebSocket(websocket, max_bytes)), server)

    socketio.server.eio._async = {**socketio.server.eio._async, "websocket": guarded}


def _drop_late_packets() -> None:
    """Over polling a packet may be read after its connection was closed; it would be half let in, for good."""
    server = socketio.server
    receive = server._handle_eio_message

    def receive_while_open(eio_sid: str, data: Any) -> None:
        if eio_sid in server.environ:
            receive(eio_sid, data)

    server.eio.on("message", receive_while_open)


def is_open(sid: str) -> bool:
    """Whether the connection under a socket is still there."""
    connection = socketio.server.eio.sockets.get(socketio.server.manager.eio_sid_from_sid(sid, NAMESPACE))
    return connection is not None and not connection.closed


def close_transport(eio_sid: str) -> None:
    """Close a connection once what is queued for it has left; never waits for the other side."""
    connection = socketio.server.eio.sockets.get(eio_sid)
    if connection:
        connection.close(wait=False)


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
        outside = [
            eio_sid
            for eio_sid in list(server.eio.sockets)
            if server.manager.sid_from_eio_sid(eio_sid, NAMESPACE) is None
        ]
        self._first_seen = {eio_sid: self._first_seen.get(eio_sid, present) for eio_sid in outside}
        for eio_sid, since in self._first_seen.items():
            if present - since > self._patience:
                close_transport(eio_sid)
                server.eio.sockets.pop(eio_sid, None)
