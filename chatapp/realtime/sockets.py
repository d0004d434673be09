"""The live sockets of this process: whose they are and by which log-in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from chatapp.extensions import socketio, throttle
from chatapp.realtime.packets import ack_text
from chatapp.realtime.websocket import frame_of

# Tabs and devices of one person; far above what people have, far below what hurts.
MAX_PER_USER = 30


@dataclass(slots=True, eq=False)
class Socket:
    """One connected browser tab. ``is_ended`` once its log-in is over, though it may take a moment to close.

    ``is_away`` while nobody sits before it; ``shares_presence`` is what its person has said of that since it came, if
    anything; ``watched`` are the people whose presence it is told.
    """

    sid: str
    user_id: int
    login_id: int
    connection: Any
    conversation_ids: dict[int, int] = field(default_factory=dict)  # and their version when it joined
    is_ended: bool = False
    end_reason: str = ""
    is_away: bool = False
    shares_presence: bool | None = None
    watched: tuple[int, ...] = ()
    _sends: int = 0
    _all_settled: Any = None

    def begin(self) -> None:
        """One more of its sends is on its way to the database."""
        self._sends += 1

    def end(self) -> None:
        """One of them has been answered."""
        self._sends -= 1
        if self._sends == 0 and self._all_settled is not None:
            self._all_settled.set()
            self._all_settled = None

    def wait_for_sends(self, at_most: int) -> None:
        """Return once no more than ``at_most`` of its sends are on their way, each of which ends in time."""
        if self._sends > at_most:
            if self._all_settled is None:
                self._all_settled = socketio.server.eio.create_event()
            self._all_settled.wait()

    def acknowledge(self, ack_id: int | None, answer: bytes) -> None:
        """Send the ack of one of its events, a JSON object; nothing where none was asked for, or it has gone."""
        if ack_id is not None:
            text = ack_text(ack_id, answer)
            self.connection.send_message(text, frame_of("4" + text))


_by_sid: dict[str, Socket] = {}
_by_user: defaultdict[int, set[Socket]] = defaultdict(set)
_by_login: defaultdict[int, set[Socket]] = defaultdict(set)


def add(socket: Socket) -> None:
    """Register a socket that has just been let in."""
    _by_sid[socket.sid] = socket
    _by_user[socket.user_id].add(socket)
    _by_login[socket.login_id].add(socket)


def is_full(user_id: int) -> bool:
    """Whether a person has as many as one may have."""
    return throttle.enabled and len(_by_user.get(user_id, ())) >= MAX_PER_USER


def remove(sid: str) -> Socket | None:
    """Forget a socket that has gone."""
    socket = _by_sid.pop(sid, None)
    if socket:
        for index, key in ((_by_user, socket.user_id), (_by_login, socket.login_id)):
            index[key].discard(socket)
            if not index[key]:
                del index[key]
    return socket


def get(sid: str) -> Socket | None:
    """The socket of that id, if it is still here and its log-in not ended."""
    socket = _by_sid.get(sid)
    return socket if socket and not socket.is_ended else None


def of_user(user_id: int) -> list[Socket]:
    """All of a person's."""
    return list(_by_user.get(user_id, ()))


def of_login(login_id: int) -> list[Socket]:
    """All of one log-in's."""
    return list(_by_login.get(login_id, ()))


def login_ids() -> list[int]:
    """The log-ins that have a socket here."""
    return list(_by_login)
