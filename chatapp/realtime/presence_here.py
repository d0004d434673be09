"""Who is connected to this process, and whether they are at it: online while any of their sockets is active, away
while none is.

Nobody is gone at once. For a grace time after a socket went, its person counts as before, so that a reload or a
change of worker does not show.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chatapp.extensions import socketio
from chatapp.lib.clock import now
from chatapp.realtime import sockets
from chatapp.realtime.sockets import Socket
from config import Config

log = logging.getLogger(__name__)
# What one process says of a person. HIDDEN: here, and does not want it known; NOWHERE: not here.
ONLINE, AWAY, HIDDEN, NOWHERE = "online", "away", "hidden", ""
# After so many who have gone at the same moment everybody else gets a turn.
_TURN = 50


@dataclass(slots=True)
class _Person:
    shares: bool
    sockets: set[Socket] = field(default_factory=set)
    lingers: str = NOWHERE  # how it was with the sockets that have just gone
    lingers_until: float = 0.0
    left_at: datetime | None = None


class Changed(Protocol):
    """Told of everyone whose state or sockets have changed, and of who has left, when that was and whether others may
    know."""

    def __call__(self, user_id: int, left_at: datetime | None = None, *, is_shown: bool = True) -> None: ...


_people: dict[int, _Person] = {}
_leaving: deque[tuple[float, int]] = deque()
_changed: Changed = lambda user_id, left_at=None, *, is_shown=True: None  # noqa: E731


def listen(changed: Changed) -> None:
    """Have ``changed`` called from now on."""
    global _changed
    _changed = changed


def came(socket: Socket, *, shares: bool) -> None:
    """A socket has been let in; ``shares``: whether its person wants that to be known, as read since the socket was
    registered. What was said of it since then is newer."""
    person = _people.setdefault(socket.user_id, _Person(shares))
    person.shares = shares if socket.shares_presence is None else socket.shares_presence
    person.sockets.add(socket)
    _changed(socket.user_id)


def set_away(socket: Socket, *, is_away: bool) -> None:
    """Whoever sits before this socket has gone for a while, or is back."""
    if socket.is_away != is_away:
        socket.is_away = is_away
        _changed(socket.user_id)


def went(socket: Socket) -> None:
    """A socket is gone. One whose log-in was ended will not come back."""
    person = _people.get(socket.user_id)
    if person is None or socket not in person.sockets:
        return
    person.sockets.discard(socket)
    person.left_at = None if socket.end_reason == "deactivated" else now()
    if not socket.is_ended:
        _linger(socket, person)
    elif not person.sockets and not person.lingers:
        _forget(socket.user_id, person)
        return
    _changed(socket.user_id)


def set_sharing(user_id: int, *, shares: bool) -> None:
    """Somebody wants their presence known, or no longer."""
    for socket in sockets.of_user(user_id):  # those that are about to come, too
        socket.shares_presence = shares
    person = _people.get(user_id)
    if person is not None and person.shares != shares:
        person.shares = shares
        _changed(user_id)


def state_of(user_id: int) -> str:
    """What this process says of a person."""
    person = _people.get(user_id)
    if person is None:
        return NOWHERE
    if not person.shares:
        return HIDDEN
    return ONLINE if person.lingers == ONLINE or is_active(user_id) else AWAY


def is_active(user_id: int) -> bool:
    """Whether a person sits before a socket of this process right now."""
    person = _people.get(user_id)
    return person is not None and any(not socket.is_away for socket in person.sockets)


def logins_of(user_id: int) -> set[int]:
    """A person's log-ins that have a socket here right now."""
    person = _people.get(user_id)
    return {socket.login_id for socket in person.sockets} if person else set()


def user_ids() -> list[int]:
    """Everybody of whom there is something to say."""
    return list(_people)


def connected() -> list[int]:
    """Everybody who has a socket right now."""
    return [user_id for user_id, person in _people.items() if person.sockets]


def lingering() -> dict[int, datetime]:
    """Those whose last socket has gone within the grace time, and when."""
    return {user_id: person.left_at for user_id, person in _people.items() if not person.sockets and person.left_at}


def _linger(socket: Socket, person: _Person) -> None:
    was = AWAY if socket.is_away else ONLINE
    person.lingers = ONLINE if ONLINE in (was, person.lingers) else AWAY
    person.lingers_until = time.monotonic() + Config.PRESENCE_GRACE_SECONDS
    _leaving.append((person.lingers_until, socket.user_id))
    if len(_leaving) == 1:
        socketio.start_background_task(_let_go)


def _let_go() -> None:
    """Those whose grace time is over; in the order in which it began."""
    done = 0
    while _leaving:
        due, user_id = _leaving[0]
        wait = due - time.monotonic()
        if wait > 0:
            socketio.sleep(wait)
            continue
        _leaving.popleft()
        try:
            _end_grace(user_id, due)
        except Exception:
            log.exception("somebody could not be told to have gone")
        done += 1
        if done % _TURN == 0:
            socketio.sleep(0)


def _end_grace(user_id: int, due: float) -> None:
    person = _people.get(user_id)
    if person is None or person.lingers_until > due:
        return
    person.lingers = NOWHERE
    if person.sockets:
        _changed(user_id)
    else:
        _forget(user_id, person)


def _forget(user_id: int, person: _Person) -> None:
    del _people[user_id]
    _changed(user_id, person.left_at, is_shown=person.shares)
