"""Looking up what nobody has told here: what the other workers say of those who are watched, when those who are
nowhere were last here, and who of those who are here hides."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from chatapp.extensions import db, socketio
from chatapp.lib.chunks import chunks
from chatapp.models import User
from chatapp.realtime import last_seen, presence_board, presence_here, presence_watched, rooms
from chatapp.realtime.presence_watched import OFFLINE

log = logging.getLogger(__name__)
_CHUNK = 200
_WAITS_MAX = 5
_BREATH_SECONDS = 0.03

_app: Flask


def init_app(app: Flask) -> None:
    """Ask this app's database."""
    global _app
    _app = app


def answer_later(wanted: Iterable[int], unknown: list[int], answer: Callable[[dict[str, Any]], None]) -> None:
    """``answer`` gets how all that are wanted are, once those who are unknown have been looked up."""
    socketio.start_background_task(_look_up, wanted, unknown, answer)


def learn_of(user_id: int) -> None:
    """Somebody wants to be seen again: ask for that person."""
    socketio.start_background_task(_learn_twice, user_id)


def learn_again() -> None:
    """Others may have told what was not heard here, or have written anew what they say: ask for all that is watched."""
    socketio.start_background_task(_learn_all)


def look_who_hides() -> None:
    """Of those who are here; told when it changes, but that may have been lost. In the application's context."""
    for ids in chunks(presence_here.user_ids(), _CHUNK):
        hiding = User.hiding_among(ids)
        db.session.commit()  # nobody keeps a database connection while asleep
        for user_id in ids:
            presence_here.set_sharing(user_id, shares=user_id not in hiding)
        socketio.sleep(_BREATH_SECONDS)


def _look_up(wanted: Iterable[int], unknown: list[int], answer: Callable[[dict[str, Any]], None]) -> None:
    socketio.server.manager.wait_for([rooms.of_presence(user_id) for user_id in unknown])
    _learn(unknown)
    answer(presence_watched.wire(wanted))


def _learn_all() -> None:
    try:
        with _app.app_context():
            look_who_hides()
    except SQLAlchemyError as error:  # the next round does
        log.warning("who hides could not be looked up: %s", type(error).__name__)
    names = [rooms.of_presence(user_id) for user_id in presence_watched.people]
    for _ in range(_WAITS_MAX):  # of very many it takes a while until all are heard
        if socketio.server.manager.wait_for(names):
            break
    for ids in chunks(list(presence_watched.people), _CHUNK):
        _learn(ids)


def _learn_twice(user_id: int) -> None:
    """Another worker may not have saved yet when they were last here."""
    _learn([user_id])
    socketio.sleep(_app.config["LAST_SEEN_SECONDS"] + 1)
    _learn([user_id])


def _learn(user_ids: Iterable[int]) -> None:
    """What the others say of these people, and when those who are nowhere were last here."""
    people = presence_watched.people
    there = [user_id for user_id in user_ids if user_id in people]
    for user_id, worker, number, state in presence_board.newest(presence_board.read(there)):
        if watched := people.get(user_id):
            presence_watched.take(watched, worker, number, state)
    there = [user_id for user_id in there if user_id in people]
    offline = {user_id for user_id in there if presence_watched.outcome(user_id, people[user_id]).state == OFFLINE}
    moments = _last_seen(list(offline))
    for user_id in there:
        watched = people.get(user_id)
        if watched is None:
            continue
        if moments is not None and user_id in offline:
            moment = moments.get(user_id)
            watched.last_seen = max(moment, watched.last_seen or moment) if moment else None
        if not watched.is_known:
            watched.is_known, watched.told = True, presence_watched.outcome(user_id, watched)
        presence_watched.tell(user_id, watched)


def _last_seen(user_ids: list[int]) -> dict[int, datetime] | None:
    if not user_ids:
        return {}
    try:
        with _app.app_context():
            return last_seen.of(user_ids)
    except SQLAlchemyError as error:  # they are offline all the same
        log.warning("when people were last here could not be looked up: %s", type(error).__name__)
        return None
