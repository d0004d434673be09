"""Who is online, as everybody may see it: what this process and the others say of a person, put together for those
here who watch.

Nobody is told of anybody whom they do not watch. A worker listens to the channel of a person only while somebody here
does, so a change costs work for the watchers alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from chatapp.extensions import db, socketio
from chatapp.lib.chunks import chunks
from chatapp.lib.clock import iso
from chatapp.models import User
from chatapp.realtime import broadcasts, last_seen, presence_board, presence_here, rooms, sockets
from chatapp.realtime.presence_board import Board
from chatapp.realtime.presence_here import AWAY, HIDDEN, NOWHERE, ONLINE

log = logging.getLogger(__name__)
OFFLINE = "offline"
_CHUNK = 200
_WAITS_MAX = 5
_BREATH_SECONDS = 0.03

# Of this process; None where there is no Redis.
board: Board | None = None
_app: Flask


class Outcome(NamedTuple):
    """How a person looks to everybody; when they were last here, of who is offline and shares it."""

    state: str
    last_seen: datetime | None = None


class Connections(NamedTuple):
    """A person's log-ins that are connected anywhere right now, and whether the person is active at one of them."""

    is_active: bool
    login_ids: frozenset[int]


@dataclass(slots=True)
class _Watched:
    elsewhere: dict[str, tuple[int, str]] = field(default_factory=dict)  # worker -> (number of its write, state)
    last_seen: datetime | None = None
    is_known: bool = False
    told: Outcome | None = None


NOT_CONNECTED = Connections(is_active=False, login_ids=frozenset())
_watched: dict[int, _Watched] = {}


def init_app(app: Flask) -> None:
    """Ask this app's database."""
    global _app
    _app = app
    presence_here.listen(_changed_here)


def set_sharing(user_id: int, *, shares: bool) -> None:
    """Somebody wants to be seen, or no longer: take effect here, and on the workers where somebody watches. Those to
    which the person is connected are told by ``account_changed``."""
    presence_here.set_sharing(user_id, shares=shares)
    heard(user_id, {"shares": shares})
    socketio.server.manager.publish(rooms.of_presence(user_id), "", shares=shares)


def connections_of(user_ids: Collection[int]) -> dict[int, Connections]:
    """Of each of these people the real connections on all workers, without any grace time; those of this process
    alone while Redis is away. One round trip for some hundred people."""
    logins = {user_id: presence_here.logins_of(user_id) for user_id in user_ids}
    active = {user_id for user_id in user_ids if presence_here.is_active(user_id)}
    for _, _, said in (board.read(list(logins)) or ()) if board else ():
        for user_id, value in said.items():
            if value:
                logins[user_id] |= value[2]
                active |= {user_id} if value[1] else set()
    return {user_id: Connections(user_id in active, frozenset(ids)) for user_id, ids in logins.items()}


def watch(socket: sockets.Socket, user_ids: Iterable[int], answer: Callable[[dict[str, Any]], None]) -> None:
    """Have a socket told of these people from here on, and of nobody else; ``answer`` gets how they are now, at once
    when all of them are watched by somebody here already, else once they have been looked up."""
    wanted = tuple(dict.fromkeys(user_ids))
    unwatch(socket, keep=set(wanted))
    socket.watched = wanted
    for user_id in wanted:
        _watched.setdefault(user_id, _Watched())
        rooms.enter(socket.sid, rooms.of_presence(user_id))
    unknown = [user_id for user_id in wanted if not _watched[user_id].is_known]
    if unknown:
        socketio.start_background_task(_look_up, wanted, unknown, answer)
    else:
        answer(_wire(wanted))


def unwatch(socket: sockets.Socket, keep: Collection[int] = ()) -> None:
    """Have a socket told of nobody any more, but of those in ``keep``."""
    manager = socketio.server.manager
    for user_id in socket.watched:
        if user_id not in keep:
            rooms.exit_presence(socket.sid, user_id)
            if not manager.has_members(rooms.of_presence(user_id)):
                _watched.pop(user_id, None)
    socket.watched = ()


def heard(user_id: int, message: dict[str, Any]) -> None:
    """Another worker has told of a person who is watched here."""
    watched = _watched.get(user_id)
    if watched is None:
        return
    if "shares" in message:
        watched.last_seen = None
        if message["shares"]:
            socketio.start_background_task(_learn_of, user_id)
        _tell(user_id, watched)
        return
    _take(watched, message["from"], message["number"], message["state"])
    if message["left_at"]:
        watched.last_seen = datetime.fromisoformat(message["left_at"])
    _tell(user_id, watched)


def learn_again() -> None:
    """Others may have told what was not heard here, or have written anew what they say: ask for all that is watched."""
    socketio.start_background_task(_learn_again)


def look_who_hides() -> None:
    """Of those who are here; told when it changes, but that may have been lost. In the application's context."""
    for ids in chunks(presence_here.user_ids(), _CHUNK):
        hiding = User.hiding_among(ids)
        db.session.commit()  # nobody keeps a database connection while asleep
        for user_id in ids:
            presence_here.set_sharing(user_id, shares=user_id not in hiding)
        socketio.sleep(_BREATH_SECONDS)


def lost_worker(worker: str, moment: datetime) -> None:
    """Another worker is dead since then, and so is what it said."""
    for user_id, watched in list(_watched.items()):
        _, state = watched.elsewhere.pop(worker, (0, NOWHERE))
        if state in (ONLINE, AWAY):
            watched.last_seen = moment
            _tell(user_id, watched)


def note_dead(user_ids: list[int], moment: datetime) -> None:
    """These were connected to a worker that died then: those who are nowhere else have gone with it."""

    def note() -> None:
        here = set(presence_here.user_ids())
        for ids in chunks(user_ids, _CHUNK):
            found = presence_board.newest((board.read(list(ids)) or ()) if board else ())
            present = here | {user_id for user_id, _, _, state in found if state}
            for user_id in set(ids) - present:
                last_seen.note(user_id, moment)

    socketio.start_background_task(note)


def leave() -> None:
    """This process ends, and its sockets are closed: what is not to be lost with it."""
    with _app.app_context():
        last_seen.save_all()
    if board is not None:
        board.leave()


def is_idle() -> bool:
    """Whether the other workers have been told all."""
    return board is None or board.is_idle


def _changed_here(user_id: int, left_at: datetime | None = None, *, is_shown: bool = True) -> None:
    shown_at = left_at if is_shown else None
    if left_at:
        last_seen.note(user_id, left_at)
    if board is not None:
        board.note(user_id, shown_at)
    watched = _watched.get(user_id)
    if watched is not None:
        watched.last_seen = shown_at or watched.last_seen
        _tell(user_id, watched)


def _outcome(user_id: int, watched: _Watched) -> Outcome:
    states = {presence_here.state_of(user_id), *(state for _, state in watched.elsewhere.values())}
    if HIDDEN in states:
        return Outcome(OFFLINE)
    return next((Outcome(state) for state in (ONLINE, AWAY) if state in states), Outcome(OFFLINE, watched.last_seen))


def _tell(user_id: int, watched: _Watched) -> None:
    """Those who watch, where it makes a difference to them."""
    outcome = _outcome(user_id, watched)
    if outcome.state != OFFLINE:
        watched.last_seen = None  # the next one is still to come
    if watched.is_known and outcome != watched.told:
        watched.told = outcome
        broadcasts.presence(user_id, outcome.state, iso(outcome.last_seen))


def _wire(user_ids: Iterable[int]) -> dict[str, Any]:
    found = {user_id: _outcome(user_id, _watched.get(user_id) or _Watched()) for user_id in user_ids}
    return {
        "presence": {str(user_id): outcome.state for user_id, outcome in found.items()},
        "last_seen": {str(user_id): iso(outcome.last_seen) for user_id, outcome in found.items() if outcome.last_seen},
    }


def _look_up(wanted: tuple[int, ...], unknown: list[int], answer: Callable[[dict[str, Any]], None]) -> None:
    socketio.server.manager.wait_for([rooms.of_presence(user_id) for user_id in unknown])
    _learn(unknown)
    answer(_wire(wanted))


def _learn_again() -> None:
    try:
        with _app.app_context():
            look_who_hides()
    except SQLAlchemyError as error:  # the next round does
        log.warning("who hides could not be looked up: %s", type(error).__name__)
    names = [rooms.of_presence(user_id) for user_id in _watched]
    for _ in range(_WAITS_MAX):  # of very many it takes a while until all are heard
        if socketio.server.manager.wait_for(names):
            break
    for ids in chunks(list(_watched), _CHUNK):
        _learn(ids)


def _learn_of(user_id: int) -> None:
    """Somebody who wants to be seen again. Another worker may not have saved yet when they were last here."""
    _learn([user_id])
    socketio.sleep(_app.config["LAST_SEEN_SECONDS"] + 1)
    _learn([user_id])


def _learn(user_ids: Iterable[int]) -> None:
    """What the others say of these people, and when those who are nowhere were last here."""
    there = [user_id for user_id in user_ids if user_id in _watched]
    for user_id, worker, number, state in presence_board.newest((board.read(there) or ()) if board else ()):
        if watched := _watched.get(user_id):
            _take(watched, worker, number, state)
    there = [user_id for user_id in there if user_id in _watched]
    offline = {user_id for user_id in there if _outcome(user_id, _watched[user_id]).state == OFFLINE}
    moments = _last_seen(list(offline))
    for user_id in there:
        watched = _watched.get(user_id)
        if watched is None:
            continue
        if moments is not None and user_id in offline:
            moment = moments.get(user_id)
            watched.last_seen = max(moment, watched.last_seen or moment) if moment else None
        if not watched.is_known:
            watched.is_known, watched.told = True, _outcome(user_id, watched)
        _tell(user_id, watched)


def _take(watched: _Watched, worker: str, number: int, state: str) -> None:
    if number >= watched.elsewhere.get(worker, (0, NOWHERE))[0]:
        watched.elsewhere[worker] = (number, state)


def _last_seen(user_ids: list[int]) -> dict[int, datetime] | None:
    if not user_ids:
        return {}
    try:
        with _app.app_context():
            return last_seen.of(user_ids)
    except SQLAlchemyError as error:  # they are offline all the same
        log.warning("when people were last here could not be looked up: %s", type(error).__name__)
        return None
