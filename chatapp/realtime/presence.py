"""Who is online, as everybody may see it: what this process and the others say of a person, put together for those
here who watch.

Nobody is told of anybody whom they do not watch. A worker listens to the channel of a person only while somebody here
does, so a change costs work for the watchers alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from flask import Flask

from chatapp.extensions import socketio
from chatapp.lib.chunks import chunks
from chatapp.realtime import (
    last_seen,
    presence_board,
    presence_here,
    presence_lookup,
    presence_watched,
    rooms,
    sockets,
)
from chatapp.realtime.presence_here import AWAY, NOWHERE, ONLINE
from chatapp.realtime.presence_watched import Watched

_CHUNK = 200

_app: Flask


class Connections(NamedTuple):
    """A person's log-ins that are connected anywhere right now, and whether the person is active at one of them."""

    is_active: bool
    login_ids: frozenset[int]


NOT_CONNECTED = Connections(is_active=False, login_ids=frozenset())


def init_app(app: Flask) -> None:
    """Ask this app's database."""
    global _app
    _app = app
    presence_lookup.init_app(app)
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
    for _, _, said in presence_board.read(list(logins)):
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
        presence_watched.people.setdefault(user_id, Watched())
        rooms.enter(socket.sid, rooms.of_presence(user_id))
    unknown = [user_id for user_id in wanted if not presence_watched.people[user_id].is_known]
    if unknown:
        presence_lookup.answer_later(wanted, unknown, answer)
    else:
        answer(presence_watched.wire(wanted))


def unwatch(socket: sockets.Socket, keep: Collection[int] = ()) -> None:
    """Have a socket told of nobody any more, but of those in ``keep``."""
    manager = socketio.server.manager
    for user_id in socket.watched:
        if user_id not in keep:
            rooms.exit_presence(socket.sid, user_id)
            if not manager.has_members(rooms.of_presence(user_id)):
                presence_watched.people.pop(user_id, None)
    socket.watched = ()


def heard(user_id: int, message: dict[str, Any]) -> None:
    """Another worker has told of a person who is watched here."""
    watched = presence_watched.people.get(user_id)
    if watched is None:
        return
    if "shares" in message:
        watched.last_seen = None
        if message["shares"]:
            presence_lookup.learn_of(user_id)
        presence_watched.tell(user_id, watched)
        return
    presence_watched.take(watched, message["from"], message["number"], message["state"])
    if message["left_at"]:
        watched.last_seen = datetime.fromisoformat(message["left_at"])
    presence_watched.tell(user_id, watched)


def lost_worker(worker: str, moment: datetime) -> None:
    """Another worker is dead since then, and so is what it said."""
    for user_id, watched in list(presence_watched.people.items()):
        _, state = watched.elsewhere.pop(worker, (0, NOWHERE))
        if state in (ONLINE, AWAY):
            watched.last_seen = moment
            presence_watched.tell(user_id, watched)


def note_dead(user_ids: list[int], moment: datetime) -> None:
    """These were connected to a worker that died then: those who are nowhere else have gone with it."""

    def note() -> None:
        here = set(presence_here.user_ids())
        for ids in chunks(user_ids, _CHUNK):
            found = presence_board.newest(presence_board.read(list(ids)))
            present = here | {user_id for user_id, _, _, state in found if state}
            for user_id in set(ids) - present:
                last_seen.note(user_id, moment)

    socketio.start_background_task(note)


def leave() -> None:
    """This process ends, and its sockets are closed: what is not to be lost with it."""
    with _app.app_context():
        last_seen.save_all()
    if presence_board.own is not None:
        presence_board.own.leave()


def is_idle() -> bool:
    """Whether the other workers have been told all."""
    return presence_board.own is None or presence_board.own.is_idle


def _changed_here(user_id: int, left_at: datetime | None = None, *, is_shown: bool = True) -> None:
    shown_at = left_at if is_shown else None
    if left_at:
        last_seen.note(user_id, left_at)
    if presence_board.own is not None:
        presence_board.own.note(user_id, shown_at)
    watched = presence_watched.people.get(user_id)
    if watched is not None:
        watched.last_seen = shown_at or watched.last_seen
        presence_watched.tell(user_id, watched)
