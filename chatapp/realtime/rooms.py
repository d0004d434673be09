"""Names of rooms, and who is moved in and out of them."""

from __future__ import annotations

from collections.abc import Iterable

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


def enter(sid: str, room: str) -> None:
    """Put one local socket into a room."""
    socketio.server.enter_room(sid, room, namespace=NAMESPACE)


def enter_conversation(conversation_id: int, version: int, user_ids: Iterable[int]) -> None:
    """Put the local sockets of these people into a conversation's room."""
    for user_id in user_ids:
        for socket in sockets.of_user(user_id):
            join(socket, conversation_id, version)


def join(socket: sockets.Socket, conversation_id: int, version: int) -> None:
    """Put one socket into a conversation's room and have its ``version`` watched from here on."""
    socket.conversation_ids.add(conversation_id)
    heads.watch(conversation_id, version)
    enter(socket.sid, of_conversation(conversation_id))


def wait_until_heard(socket: sockets.Socket) -> None:
    """Return once what other workers say in a socket's rooms reaches it (a moment; at once when Redis is away)."""
    names = [of_conversation(conversation_id) for conversation_id in socket.conversation_ids]
    socketio.server.manager.wait_for([of_user(socket.user_id), *names])


def leave_all(socket: sockets.Socket) -> None:
    """Take a socket that goes out of its conversations' rooms; what nobody here is in any more is not watched."""
    manager = socketio.server.manager
    for conversation_id in socket.conversation_ids:
        room = of_conversation(conversation_id)
        manager.leave_room(socket.sid, NAMESPACE, room)
        if not manager.has_members(room):
            heads.forget(conversation_id)
