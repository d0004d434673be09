"""The only file that emits. One function for each thing that browsers are told."""

from __future__ import annotations

from typing import Any

from chatapp.extensions import socketio
from chatapp.lib.orjson_codec import dumps_bytes
from chatapp.models import User
from chatapp.realtime import audience, heads, rooms, sockets
from chatapp.realtime.audience import Packet
from chatapp.realtime.packets import NAMESPACE, event_text
from chatapp.realtime.rooms import Place
from chatapp.realtime.websocket import frame_of
from chatapp.realtime.wire import user_wire

# Long enough for ``signed_out`` to leave before the socket closes; the contract allows a second.
_GOODBYE_SECONDS = 0.3


def message_created(place: Place, message: bytes, skip_sid: str | None = None) -> None:
    """A new message (JSON), to its conversation, which is at ``place`` now; the sending socket has it in its ack."""
    _tell_conversation(place, "message_created", b'{"message":' + message + b"}", skip_sid)


def message_changed(place: Place, message: bytes) -> None:
    """A message (JSON) is no longer what it was: to its conversation, which is at ``place`` now."""
    _tell_conversation(place, "message_changed", b'{"message":' + message + b"}")


def conversation_moved(place: Place) -> None:
    """Something in it has changed that not everybody in it may see: those who may will ask for it."""
    _tell_conversation(place, "head", dumps_bytes({"conversation_id": place.conversation_id, "version": place.version}))


def read_marked(place: Place | None, conversation_id: int, user_id: int, last_read_seq: int) -> None:
    """How far someone has read: to the conversation, or, without a place, to that person only."""
    data = {"conversation_id": conversation_id, "user_id": user_id, "last_read_seq": last_read_seq}
    if place is None:
        _emit("read_marked", data, rooms.of_user(user_id))
    else:
        _tell_conversation(place._replace(version=0), "read_marked", dumps_bytes(data))


def conversation_added(user_id: int, place: Place, conversation: dict[str, Any]) -> None:
    """A conversation that is new to this person, in that person's view of it; joins the person's sockets to it."""
    join(user_id, place)
    _emit("conversation_added", {"conversation": conversation}, rooms.of_user(user_id), join=list(place))


def join(user_id: int, place: Place) -> None:
    """Put a person's sockets here into a conversation's room. What the room has been told since then they ask for."""
    for socket in sockets.of_user(user_id):
        rooms.join(socket, place)
    told = heads.emitted_version(place.conversation_id)
    if told > place.version:
        head_for(user_id, place.conversation_id, told)


def conversation_changed(place: Place, shared: dict[str, Any]) -> None:
    """What all its members share of a conversation (title, members) has changed."""
    _tell_conversation(place._replace(version=0), "conversation_changed", dumps_bytes({"conversation": shared}))


def conversation_settings_changed(user_id: int, settings: dict[str, Any]) -> None:
    """A person's own settings of a conversation have changed: to that person."""
    _emit("conversation_changed", {"conversation": settings}, rooms.of_user(user_id))


def conversation_removed(user_id: int, conversation_id: int) -> None:
    """A person is in it no longer: the person's sockets hear no more of it, and are told so."""
    for socket in sockets.of_user(user_id):
        rooms.leave(socket, conversation_id)
    data = {"conversation": {"id": conversation_id}}
    _emit("conversation_removed", data, rooms.of_user(user_id), leave=conversation_id)


def conversation_removed_here(socket: sockets.Socket, conversation_id: int) -> None:
    """One socket was found in a conversation that is no longer its person's."""
    text = event_text("conversation_removed", dumps_bytes({"conversation": {"id": conversation_id}}))
    socket.connection.send_message(text, frame_of("4" + text))


def account_changed(user_id: int, account: dict[str, Any]) -> None:
    """A person's own settings have changed: to that person. Whether others may see them is for the workers, too."""
    shares = {"shares_presence": account["shares_presence"]} if "shares_presence" in account else {}
    _emit("account_changed", account, rooms.of_user(user_id), **shares)


def presence(user_id: int, state: str, last_seen_at: str | None) -> None:
    """How a person is connected has changed: to those here who watch; the other workers look for themselves."""
    data = {"user_id": user_id, "state": state, "last_seen_at": last_seen_at}
    _emit_here("presence", data, rooms.of_presence(user_id))


def typing(place: Place, user_id: int, is_on: bool, skip_sid: str) -> None:
    """Somebody is writing, or has stopped: to the conversation, all but the socket that says so."""
    data = {"conversation_id": place.conversation_id, "user_id": user_id, "on": is_on}
    _tell_conversation(place._replace(version=0), "typing", dumps_bytes(data), skip_sid)


def head(place: Place) -> None:
    """A conversation moved beyond what was emitted here; the other workers look for themselves."""
    conversation_id, version, members_version = place
    data = dumps_bytes({"conversation_id": conversation_id, "version": version})
    audience.deliver(conversation_id, Packet(event_text("head", data), members_version))


def head_for(user_id: int, conversation_id: int, version: int) -> None:
    """A conversation that a person here may not know yet."""
    _emit_here("head", {"conversation_id": conversation_id, "version": version}, rooms.of_user(user_id))


def user_added(user: User) -> None:
    """Someone new, to everybody."""
    _emit("user_added", {"user": user_wire(user)}, None)


def user_changed(user: User) -> None:
    """Somebody has another name or picture: to everybody."""
    _emit("user_changed", {"user": user_wire(user)}, None)


def signed_out(login_id: int, reason: str) -> None:
    """The log-in is over: tell its sockets here, take nothing more from them, and close them within a second."""
    ended = [socket for socket in sockets.of_login(login_id) if not socket.is_ended]
    if not ended:
        return
    for socket in ended:
        socket.is_ended, socket.end_reason = True, reason
    _emit_here("signed_out", {"reason": reason}, rooms.of_login(login_id))
    socketio.start_background_task(_close, ended)


def _close(ended: list[sockets.Socket]) -> None:
    socketio.sleep(_GOODBYE_SECONDS)
    for socket in ended:
        if not socket.connection.closed:
            socketio.server.disconnect(socket.sid, namespace=NAMESPACE)
            socket.connection.close()


def _tell_conversation(place: Place, event: str, data: bytes, skip_sid: str | None = None) -> None:
    conversation_id, version, members_version = place
    text = event_text(event, data)
    audience.deliver(conversation_id, Packet(text, members_version, version, skip_sid))
    socketio.server.manager.publish(
        rooms.of_conversation(conversation_id),
        text,
        skip_sid=skip_sid,
        version=version,
        members_version=members_version,
    )


def _emit(event: str, data: dict[str, Any], room: str | None, **for_workers: Any) -> None:
    socketio.server.manager.tell(room, event_text(event, dumps_bytes(data)), **for_workers)


def _emit_here(event: str, data: dict[str, Any], room: str) -> None:
    socketio.server.manager.deliver(room, event_text(event, dumps_bytes(data)))
