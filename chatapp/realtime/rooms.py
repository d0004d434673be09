"""Names of rooms, and who is moved in and out of them."""

from __future__ import annotations

from typing import NamedTuple

from chatapp.extensions import socketio
from chatapp.realtime import heads, sockets
from chatapp.realtime.packets import NAMESPACE


def of_conversation(conversation_id: int) -> str:
    """All live sockets of a conversation's members."""
    return f"conversation:{conversation_id}"


def of_user(user_id: int) -> str:
    """All live sockets of a person."""
    return f"user:{user_id}"


def of_login(login_id: int) -> str:
    """All live sockets of one log-in."""
    return f"login:{login_id}"


def of_presence(user_id: int) -> str:
    """All live sockets that watch how a person is connected."""
    return f"presence:{user_id}"


def enter(sid: str, room: str) -> None:
    """Put one local socket into a room."""
    socketio.server.enter_room(sid, room, namespace=NAMESPACE)


def exit_presence(sid: str, user_id: int) -> None:
    """Have one local socket told no longer how a person is connected."""
    socketio.server.manager.leave_room(sid, NAMESPACE, of_presence(user_id))


class Place(NamedTuple):
    """A conversation as of the moment when somebody was found to be in it."""

    conversation_id: int
    version: int
    members_version: int


def join(socket: sockets.Socket, place: Place) -> None:
    """Put one socket into a conversation's room and have the conversation watched from here on.

    What was said before ``place`` it reads, where it may: it is told no more of that (``audience``). Word of an
    earlier place may come late.
    """
    conversation_id = place.conversation_id
    joined_version = max(place.version, socket.conversation_ids.get(conversation_id, 0))
    socket.conversation_ids[conversation_id] = joined_version
    heads.watch(*place)
    enter(socket.sid, of_conversation(conversation_id))


def wait_until_heard(socket: sockets.Socket) -> None:
    """Return once what other workers say in a socket's rooms reaches it (a moment; at once when Redis is away)."""
    names = [of_conversation(conversation_id) for conversation_id in socket.conversation_ids]
    socketio.server.manager.wait_for([of_user(socket.user_id), *names])


def leave_all(socket: sockets.Socket) -> None:
    """Take a socket that goes out of its conversations' rooms; what nobody here is in any more is not watched."""
    for conversation_id in list(socket.conversation_ids):
        leave(socket, conversation_id)


def leave(socket: sockets.Socket, conversation_id: int) -> None:
    """Take a socket out of a conversation's room."""
    socket.conversation_ids.pop(conversation_id, None)
    manager, room = socketio.server.manager, of_conversation(conversation_id)
    manager.leave_room(socket.sid, NAMESPACE, room)
    if not manager.has_members(room):
        heads.forget(conversation_id)


def joined_versions(conversation_id: int) -> dict[sockets.Socket, int]:
    """The sockets here that are in a conversation's room, and the version as of which each is in it."""
    present = socketio.server.manager.get_participants(NAMESPACE, of_conversation(conversation_id))
    found = [socket for socket in (sockets.get(sid) for sid, _ in present) if socket]
    return {socket: socket.conversation_ids[conversation_id] for socket in found}
