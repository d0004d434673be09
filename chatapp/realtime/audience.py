"""Who in this process may hear a conversation. Its room stands for the members as of some ``members_version``; what
is said under a later one waits until they have been looked up, however the change came about and whether or not this
process was told of it. So a removed member hears nothing that was written afterwards.

Nor does somebody who was added hear what was written before, however late it gets here: each socket is in the room as
of some version, and is told of nothing below it. What it may see of that, it reads after it has joined."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from chatapp.extensions import socketio
from chatapp.models import Conversation, Membership
from chatapp.realtime import heads, rooms
from chatapp.realtime.sockets import Socket
from chatapp.realtime.websocket import frame_of

log = logging.getLogger(__name__)
# So much waits for a look-up; beyond that it is dropped, and fetched by browsers after the next ``head``.
_HELD_MAX = 1000
_RETRY_SECONDS = 1.0


@dataclass(slots=True)
class Packet:
    """Something that is said in a conversation, after which it is at ``version`` (0: it has not moved)."""

    text: str
    members_version: int
    version: int = 0
    skip_sid: str | None = None


_held: dict[int, list[Packet]] = {}
_app: Flask
_tell_removed: Callable[[Socket, int], None]


def init_app(app: Flask, tell_removed: Callable[[Socket, int], None]) -> None:
    """Look up in this app's database; ``tell_removed`` is told of each socket that was taken out of a room."""
    global _app, _tell_removed
    _app, _tell_removed = app, tell_removed


def deliver(conversation_id: int, packet: Packet) -> None:
    """Send a packet to those here who are members now."""
    held = _held.get(conversation_id)
    if held is not None:
        if len(held) < _HELD_MAX:
            held.append(packet)
    elif heads.is_outdated(conversation_id, packet.members_version):
        _held[conversation_id] = [packet]
        socketio.start_background_task(_look_up, conversation_id)
    else:
        _send(conversation_id, packet)


def _send(conversation_id: int, packet: Packet) -> None:
    version = packet.version
    if version and heads.is_before_newest(conversation_id, version):
        frame = frame_of("4" + packet.text)
        for socket, joined_version in rooms.joined_versions(conversation_id).items():
            if joined_version <= version and socket.sid != packet.skip_sid:
                socket.connection.send_message(packet.text, frame)
    else:
        socketio.server.manager.deliver(rooms.of_conversation(conversation_id), packet.text, packet.skip_sid)
    if version:
        heads.emitted(conversation_id, version)


def _look_up(conversation_id: int) -> None:
    while not _is_verified(conversation_id):
        socketio.sleep(_RETRY_SECONDS)
    for packet in _held.pop(conversation_id):
        deliver(conversation_id, packet)


def _is_verified(conversation_id: int) -> bool:
    """Whether those who are in the room are members; they are, when it could be looked up, afterwards.

    Who joins meanwhile may be newer than what is read here, and is left to the next time.
    """
    before = rooms.joined_versions(conversation_id)
    heads.verifying(conversation_id)
    try:
        with _app.app_context():
            members_version = Conversation.members_version_of(conversation_id)
            members = Membership.present_in(conversation_id)
        for socket, joined_version in rooms.joined_versions(conversation_id).items():
            if socket.user_id not in members and before.get(socket) == joined_version:
                rooms.leave(socket, conversation_id)
                _tell_removed(socket, conversation_id)
    except SQLAlchemyError as error:
        log.warning("members could not be looked up: %s", type(error).__name__)
        return False
    except Exception:  # whatever it is, nothing is said before they are known
        log.exception("members could not be looked up")
        return False
    heads.verified(conversation_id, members_version)
    return True
