"""The other workers: what they are told, and what is done with what they tell."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Iterable
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from chatapp.extensions import socketio, throttle
from chatapp.lib import orjson_codec
from chatapp.realtime import (
    audience,
    broadcasts,
    hooks,
    lost_broadcasts,
    presence,
    presence_board,
    presence_here,
    presence_lookup,
    rooms,
    shared_counts,
    sockets,
)
from chatapp.realtime.audience import Packet
from chatapp.realtime.message_queue import MessageQueue, connection_options

log = logging.getLogger(__name__)
# The channel of what concerns everybody.
_EVERYBODY = "everybody"
# A log-in's room is no channel: log-ins that end are found in the database, Redis or not.
_SHARED_ROOMS = ("conversation:", "user:", "presence:")


def make_manager(app: Flask) -> hooks.RoomManager:
    """The client manager: rooms of this process, joined with the other workers' where there is a REDIS_URL."""
    config = app.config
    url = config["REDIS_URL"]
    throttle.shared = presence_board.own = None
    if not url:
        return hooks.RoomManager()
    # Installations that share a Redis do not hear each other.
    prefix = f"chat:{hashlib.sha256(config['SECRET_KEY'].encode()).hexdigest()[:12]}:"
    options = connection_options(url, verify_tls=config["REDIS_TLS_VERIFY"])
    throttle.shared = shared_counts.make(options, url, prefix)
    manager = QueueManager(app, url, prefix, options)
    told = {
        "renewed": _EVERYBODY,
        "back": presence_lookup.learn_again,
        "lost": presence.lost_worker,
        "died": presence.note_dead,
    }
    presence_board.own = manager.board = presence_board.make(options, url, prefix, manager.own_id, **told)
    return manager


class QueueManager(hooks.RoomManager):
    """Tells a room here, and the other workers that have somebody in it."""

    board: presence_board.Board

    def __init__(self, app: Flask, url: str, prefix: str, options: dict[str, Any]) -> None:
        super().__init__()
        self._app = app
        self.own_id = uuid.uuid4().hex
        self._own_start = b'{"from":"' + self.own_id.encode()
        self.queue = MessageQueue(url, prefix, self._hear, options, begun=self._hear_again)

    def start(self) -> None:
        """Begin to listen to the others."""
        self.queue.listen_to(_EVERYBODY)
        self.queue.start()
        self.board.start()

    @property
    def state(self) -> str:
        """``ok`` or ``away``."""
        return "ok" if self.queue.is_live else "away"

    def publish(self, room: str | None, text: str, **for_workers: Any) -> None:
        """Have the other workers send a packet to a room; ``for_workers`` is told in ``_hear``."""
        message = {"from": self.own_id, "packet": text, **for_workers}
        self.queue.publish(room or _EVERYBODY, orjson_codec.dumps_bytes(message))

    def wait_for(self, names: Iterable[str]) -> bool:
        """Return once these rooms are heard, or Redis is away; whether they are."""
        return self.queue.wait_for([name for name in names if name.startswith(_SHARED_ROOMS)])

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        """Put a socket into a room, and listen to it."""
        super().basic_enter_room(sid, namespace, room, eio_sid)
        if room is not None and room.startswith(_SHARED_ROOMS):
            self.queue.listen_to(room)

    def room_emptied(self, room: str) -> None:
        """Nobody here is in it any more."""
        if room.startswith(_SHARED_ROOMS):
            self.queue.leave(room)

    def _hear_again(self) -> None:
        """What was told of people while Redis was not heard, or what Redis had of them, may be lost."""
        self.board.doubt()
        presence_lookup.learn_again()

    def _hear(self, name: str, payload: bytes) -> None:
        """``skip_sid``: who does not get it. ``members_version`` and ``version``: of the conversation, after this.
        ``join``: the place that a person is in now. ``leave``: the conversation that a person is in no longer.
        ``shares_presence``: whether a person wants to be seen. ``renewed``: what a worker says of its people."""
        if payload.startswith(self._own_start):
            return
        message = orjson_codec.loads(payload)
        if name.startswith("conversation:"):
            packet = Packet(message["packet"], message["members_version"], message["version"], message["skip_sid"])
            audience.deliver(int(name.removeprefix("conversation:")), packet)
            return
        if name.startswith("presence:"):
            presence.heard(int(name.removeprefix("presence:")), message)
            return
        if "renewed" in message:
            presence_lookup.learn_again()
            return
        if name.startswith("user:"):
            self._move(int(name.removeprefix("user:")), message)
        self.deliver(None if name == _EVERYBODY else name, message["packet"], message.get("skip_sid"))

    def _move(self, user_id: int, message: dict[str, Any]) -> None:
        if "join" in message:
            place = rooms.Place(*message["join"])
            broadcasts.join(user_id, place)
            socketio.start_background_task(self._look_again, place.conversation_id)
        if "leave" in message:
            for socket in sockets.of_user(user_id):
                rooms.leave(socket, message["leave"])
        if "shares_presence" in message:
            presence_here.set_sharing(user_id, shares=message["shares_presence"])

    def _look_again(self, conversation_id: int) -> None:
        """What was said in it before it was heard here."""
        self.wait_for([rooms.of_conversation(conversation_id)])
        try:
            with self._app.app_context():
                lost_broadcasts.look_at([conversation_id])
        except SQLAlchemyError as error:  # the next round finds it
            log.warning("a new conversation could not be looked at: %s", type(error).__name__)
