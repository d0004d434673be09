"""Who is writing: told to the conversation as it happens, kept nowhere.

Who may say so is known by the socket's rooms. How many are in a conversation is asked once for each change of its
members.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from chatapp.extensions import socketio
from chatapp.lib.errors import not_found
from chatapp.models import Conversation
from chatapp.realtime import broadcasts, heads
from chatapp.realtime.rooms import Place
from chatapp.realtime.sockets import Socket

log = logging.getLogger(__name__)
# In larger groups nobody is told: somebody always writes there.
MEMBERS_MAX = 50
# So many conversations are remembered before those are dropped in which nobody here is any more.
_KNOWN_MAX = 10_000


@dataclass(slots=True)
class _Size:
    asked_for: int  # the members_version for which the room stood then
    members_version: int
    count: int


_sizes: dict[int, _Size] = {}
_waiting: dict[int, dict[Socket, bool]] = {}  # conversation -> last word of each, until its size is known


def say(app: Flask, socket: Socket, conversation_id: int, *, is_on: bool) -> None:
    """Tell the others in a conversation that somebody writes, or no longer does."""
    if conversation_id not in socket.conversation_ids:
        raise not_found()
    size = _sizes.get(conversation_id)
    if size is not None and size.asked_for == heads.members_version(conversation_id):
        _tell(socket, conversation_id, size, is_on)
    elif conversation_id in _waiting:
        _waiting[conversation_id][socket] = is_on
    else:
        _waiting[conversation_id] = {socket: is_on}
        socketio.start_background_task(_ask, app, conversation_id)


def _tell(socket: Socket, conversation_id: int, size: _Size, is_on: bool) -> None:
    if size.count <= MEMBERS_MAX:
        place = Place(conversation_id, 0, size.members_version)
        broadcasts.typing(place, socket.user_id, is_on, socket.sid)


def _ask(app: Flask, conversation_id: int) -> None:
    asked_for = heads.members_version(conversation_id)
    try:
        with app.app_context():
            members_version, count = Conversation.size_of(conversation_id)
    except SQLAlchemyError as error:  # it is of no more use later
        log.warning("the size of a conversation could not be looked up: %s", type(error).__name__)
        _waiting.pop(conversation_id)
        return
    except BaseException:
        _waiting.pop(conversation_id)
        raise
    if len(_sizes) >= _KNOWN_MAX:
        for gone in [each for each in _sizes if not heads.is_watched(each)]:
            del _sizes[gone]
    size = _sizes[conversation_id] = _Size(asked_for, members_version, count)
    for socket, is_on in _waiting.pop(conversation_id).items():
        if conversation_id in socket.conversation_ids:
            _tell(socket, conversation_id, size, is_on)
