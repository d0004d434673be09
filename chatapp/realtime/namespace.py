"""The base of a Socket.IO namespace: who may speak, how often, and that every answer is an ack."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pydantic
from flask import Flask
from flask_login import current_user
from flask_socketio import Namespace
from socketio.exceptions import ConnectionRefusedError
from sqlalchemy import exc

from chatapp.extensions import throttle
from chatapp.lib import errors
from chatapp.lib.errors import ChatError
from chatapp.models.transaction import DATABASE_AWAY
from chatapp.realtime import engine, heads, rooms, sockets
from chatapp.realtime.sockets import Socket

log = logging.getLogger(__name__)
Handler = Callable[[Socket, dict[str, Any]], dict[str, Any]]


class GuardedNamespace(Namespace):
    """Events come as ``command_<event>(socket, data)`` and return what the ack adds to ``{"ok": true}``.

    Runs them in an application context only: Flask's request, session and ``before_request`` are not for events.
    """

    def __init__(self, namespace: str, app: Flask) -> None:
        super().__init__(namespace)
        self.app = app

    def trigger_event(self, event: str, *args: Any) -> Any:
        """Called by python-socketio for connect, disconnect and every client event."""
        if event == "connect":
            return self._connect(*args)
        if event == "disconnect":
            return self._disconnect(*args)
        return self._command(event, *args)

    def connected(self, socket: Socket) -> None:
        """For subclasses: a socket has been let in; put it where it belongs."""

    def _connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> bool:
        try:
            with self.app.request_context(environ):
                if not current_user.is_authenticated or not _is_page_of(current_user.user.id, auth):
                    raise ConnectionRefusedError("login_required")
                self._let_in(Socket(sid, current_user.user.id, current_user.login.id))
            if not engine.is_open(sid):  # it went away while it was let in, and nobody will tell us again
                raise ConnectionRefusedError("gone")
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
        for conversation_id in socket.conversation_ids if socket else ():
            room = rooms.of_conversation(conversation_id)
            others = (other for other, _ in self.server.manager.get_participants(self.namespace, room) if other != sid)
            if next(others, None) is None:
                heads.forget(conversation_id)

    def _command(self, event: str, sid: str, data: Any = None, *extra: Any) -> dict[str, Any]:
        try:
            with self.app.app_context():
                return {"ok": True, **self._answer(event, sid, data)}
        except pydantic.ValidationError as error:
            refusal = explain(error)
        except ChatError as error:
            refusal = error
        except DATABASE_AWAY as error:
            log.warning("%s: database away: %s", event, type(error).__name__)
            refusal = errors.unavailable()
        except Exception:
            log.exception("%s failed", event)
            refusal = errors.unavailable()
        return {"ok": False, "error": refusal.to_wire()}

    def _answer(self, event: str, sid: str, data: Any) -> dict[str, Any]:
        socket = sockets.get(sid)
        if socket and (wait := throttle.hit("event", socket.user_id)):
            raise errors.rate_limited(wait)
        if event == engine.MALFORMED:
            raise ChatError("bad_request", "This could not be read; it may have characters that cannot be sent.")
        handler: Handler | None = getattr(self, f"command_{event}", None)
        if handler is None:
            raise ChatError("bad_request", "There is no such event.")
        if not isinstance(data, dict):
            raise ChatError("bad_request", f"{event} takes one object.")
        if socket is None:
            raise errors.login_ended()
        return handler(socket, data)


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
