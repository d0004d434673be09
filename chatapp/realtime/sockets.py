"""The live sockets of this process: whose they are and by which log-in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from chatapp.extensions import throttle

# Tabs and devices of one person; far above what people have, far below what hurts.
MAX_PER_USER = 30


@dataclass(slots=True, eq=False)
class Socket:
    """One connected browser tab. ``is_ended`` once its log-in is over, though it may take a moment to close."""

    sid: str
    user_id: int
    login_id: int
    conversation_ids: set[int] = field(default_factory=set)
    is_ended: bool = False


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
