"""The base of a Socket.IO namespace: who may speak, how often, and that every answer is an ack."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import pydantic
from flask import Flask
from flask_login import current_user
from flask_socketio import Namespace
from socketio.exceptions import ConnectionRefusedError
from sqlalchemy import exc

from chatapp.extensions import throttle
from chatapp.lib import errors, orjson_codec
from chatapp.lib.errors import ChatError
from chatapp.models import User
from chatapp.models.transaction import DATABASE_AWAY
from chatapp.realtime import presence, presence_here, rooms, sockets
from chatapp.realtime.sockets import Socket

log = logging.getLogger(__name__)
# So many sends of one socket may wait for the database; meanwhile nothing more is read from it.
SENDS_MAX = 100


@dataclass(slots=True)
class Reply:
    """Where the answer to one event goes: once, now or later."""

    socket: Socket
    ack_id: int | None

    def ok(self, fields: bytes) -> None:
        """``{"ok": true, ...}``; ``fields`` is a JSON object without its braces."""
        self.socket.acknowledge(self.ack_id, b'{"ok":true' + (b"," + fields if fields else b"") + b"}")

    def refuse(self, refusal: ChatError) -> None:
        """``{"ok": false, "error": ...}``."""
        self.socket.acknowledge(self.ack_id, orjson_codec.dumps_bytes({"ok": False, "error": refusal.to_wire()}))


Handler = Callable[[Socket, dict[str, Any], Reply], dict[str, Any] | None]


class GuardedNamespace(Namespace):
    """Events come as ``command_<event>(socket, data, reply)`` and return what the ack adds to ``{"ok": true}``,
    or None when they answer by ``reply`` themselves.

    Runs them in an application context only: Flask's request, session and ``before_request`` are not for events.
    Those in ``WITHOUT_CONTEXT`` need none, and neither wait nor touch the database.
    """

    WITHOUT_CONTEXT: ClassVar[set[str]] = set()

    def __init__(self, namespace: str, app: Flask) -> None:
        super().__init__(namespace)
        self.app = app

    def trigger_event(self, event: str, *args: Any) -> Any:
        """Called by python-socketio for connect, disconnect, and what ``packets.read_event`` could not read."""
        if event == "connect":
            return self._connect(*args)
        if event == "disconnect":
            return self._disconnect(*args)
        return {"ok": False, "error": _malformed().to_wire()}

    def receive(self, socket: Socket, ack_id: int | None, event: list[Any]) -> None:
        """A well-formed event; whatever comes of it, it is answered."""
        reply = Reply(socket, ack_id)
        name = event[0]
        try:
            handler = self._handler(socket, name)
            data = event[1] if len(event) > 1 else None
            if not isinstance(data, dict):
                raise ChatError("bad_request", f"{name} takes one object.")
            if name in self.WITHOUT_CONTEXT:
                socket.wait_for_sends(SENDS_MAX)
                added = handler(socket, data, reply)
            else:
                socket.wait_for_sends(0)  # one client's events take effect in the order in which they were sent
                with self.app.app_context():
                    added = handler(socket, data, reply)
            if added is not None:
                reply.ok(orjson_codec.dumps_bytes(added)[1:-1])
        except pydantic.ValidationError as error:
            reply.refuse(explain(error))
        except ChatError as error:
            reply.refuse(error)
        except DATABASE_AWAY as error:
            log.warning("%s: database away: %s", name, type(error).__name__)
            reply.refuse(errors.unavailable())
        except Exception:
            log.exception("%s failed", name)
            reply.refuse(errors.unavailable())

    def _handler(self, socket: Socket, name: str) -> Handler:
        if socket.is_ended:
            raise errors.login_ended()
        if wait := throttle.hit("event", socket.user_id):
            raise errors.rate_limited(wait)
        handler: Handler | None = getattr(self, f"command_{name}", None)
        if handler is None:
            raise ChatError("bad_request", "There is no such event.")
        return handler

    def connected(self, socket: Socket) -> None:
        """For subclasses: a socket has been let in; put it where it belongs, and return without a transaction, since
        what is read afterwards is to be new."""

    def _connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> bool:
        connection = self.server.eio.sockets.get(self.server.manager.eio_sid_from_sid(sid, self.namespace))
        try:
            if connection is None:
                raise ConnectionRefusedError("gone")
            with self.app.request_context(environ):
                if not current_user.is_authenticated or not _is_page_of(current_user.user.id, auth):
                    raise ConnectionRefusedError("login_required")
                socket = Socket(sid, current_user.user.id, current_user.login.id, connection)
                socket.is_away = isinstance(auth, dict) and auth.get("is_away") is True
                self._let_in(socket)
                shares_presence = not User.hiding_among([socket.user_id])
            if connection.closed:  # it went away while it was let in, and nobody will tell us again
                raise ConnectionRefusedError("gone")
            connection.member = sockets.get(sid)
            presence_here.came(socket, shares=shares_presence)
        except ConnectionRefusedError:
            self._disconnect(sid)
            raise
        except Exception as error:
            self._disconnect(sid)
            is_database = isinstance(error, exc.SQLAlchemyError)
            log.warning("connect failed: %s", type(error).__name__, exc_info=None if is_database else error)
            raise ConnectionRefusedError("unavailable") from None
        return True

    def _let_in(self, socket: Socket) -> None:
        if throttle.hit("connect", socket.user_id) or sockets.is_full(socket.user_id):
            raise ConnectionRefusedError("rate_limited")
        sockets.add(socket)
        rooms.enter(socket.sid, rooms.of_user(socket.user_id))
        rooms.enter(socket.sid, rooms.of_login(socket.login_id))
        self.connected(socket)

    def _disconnect(self, sid: str, _reason: Any = None) -> None:
        socket = sockets.remove(sid)
        if socket is None:
            return
        socket.connection.member = None
        presence.unwatch(socket)
        presence_here.went(socket)
        rooms.leave_all(socket)


def _malformed() -> ChatError:
    return ChatError("bad_request", "This could not be read; it may have characters that cannot be sent.")


def _is_page_of(user_id: int, auth: Any) -> bool:
    """Whether the page that connects was made for this person; an old tab may be another's, with the same cookie."""
    claimed = auth.get("user_id") if isinstance(auth, dict) else None
    return claimed is None or claimed == user_id


def explain(error: pydantic.ValidationError) -> ChatError:
    """A failed schema as a refusal that names the field."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "data"
    if first["type"] == "string_too_long":
        actual, most = len(first["input"].strip()), first["ctx"]["max_length"]
        return ChatError("too_long", f"{field}: that is too long: {actual:,} of {most:,} characters.")
    return ChatError("bad_request", f"{field}: {first['msg'].removeprefix('Value error, ')}")
