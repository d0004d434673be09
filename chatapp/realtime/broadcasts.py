"""The only file that emits. One function for each thing that browsers are told."""

from __future__ import annotations

from typing import Any

from chatapp.extensions import socketio
from chatapp.lib.orjson_codec import dumps_bytes
from chatapp.models import User
from chatapp.realtime import heads, rooms, sockets
from chatapp.realtime.packets import NAMESPACE, event_text
from chatapp.realtime.wire import user_wire

# Long enough for ``signed_out`` to leave before the socket closes; the contract allows a second.
_GOODBYE_SECONDS = 0.3


def message_created(conversation_id: int, version: int, message: bytes, skip_sid: str | None) -> None:
    """A new message (JSON), to its conversation; the sending socket has it in its ack."""
    packet = event_text("message_created", b'{"message":' + message + b"}")
    socketio.server.manager.tell(rooms.of_conversation(conversation_id), packet, skip_sid, version=version)
    heads.emitted(conversation_id, version)


def read_marked(conversation_id: int, user_id: int, last_read_seq: int) -> None:
    """How far someone has read, to the conversation."""
    data = {"conversation_id": conversation_id, "user_id": user_id, "last_read_seq": last_read_seq}
    _emit("read_marked", data, rooms.of_conversation(conversation_id))


def conversation_added(user_id: int, conversation: dict[str, Any]) -> None:
    """A conversation that is new to this person, in that person's view of it; joins the person's sockets to it."""
    place = (conversation["id"], conversation["version"])
    rooms.enter_conversation(*place, [user_id])
    _emit("conversation_added", {"conversation": conversation}, rooms.of_user(user_id), join=place)


def head(conversation_id: int, version: int) -> None:
    """A conversation moved beyond what was emitted here; the other workers look for themselves."""
    data = {"conversation_id": conversation_id, "version": version}
    _emit_here("head", data, rooms.of_conversation(conversation_id))


def head_for(user_id: int, conversation_id: int, version: int) -> None:
    """A conversation that a person here may not know yet."""
    _emit_here("head", {"conversation_id": conversation_id, "version": version}, rooms.of_user(user_id))


def user_added(user: User) -> None:
    """Someone new, to everybody."""
    _emit("user_added", {"user": user_wire(user)}, None)


def signed_out(login_id: int, reason: str) -> None:
    """The log-in is over: tell its sockets here, take nothing more from them, and close them within a second."""
    ended = [socket for socket in sockets.of_login(login_id) if not socket.is_ended]
    if not ended:
        return
    for socket in ended:
        socket.is_ended = True
    _emit_here("signed_out", {"reason": reason}, rooms.of_login(login_id))
    socketio.start_background_task(_close, ended)


def _close(ended: list[sockets.Socket]) -> None:
    socketio.sleep(_GOODBYE_SECONDS)
    for socket in ended:
        if not socket.connection.closed:
            socketio.server.disconnect(socket.sid, namespace=NAMESPACE)
            socket.connection.close()


def _emit(event: str, data: dict[str, Any], room: str | None, **for_workers: Any) -> None:
    socketio.server.manager.tell(room, event_text(event, dumps_bytes(data)), **for_workers)


def _emit_here(event: str, data: dict[str, Any], room: str) -> None:
    socketio.server.manager.deliver(room, event_text(event, dumps_bytes(data)))
