"""When people were last here: noted as they leave, saved some seconds later for all of them together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from chatapp.extensions import db, socketio
from chatapp.lib.chunks import chunks
from chatapp.lib.clock import now
from chatapp.models import User
from chatapp.models.transaction import write
from chatapp.realtime import presence_here

_CHUNK = 100
_BREATH_SECONDS = 0.03
# More than this is not kept while the database is away: it is only a note of when.
_WAITING_MAX = 100_000

_unsaved: dict[int, datetime] = {}


def note(user_id: int, moment: datetime) -> None:
    """Somebody has gone."""
    if len(_unsaved) < _WAITING_MAX:
        _unsaved[user_id] = moment


def of(user_ids: list[int]) -> dict[int, datetime]:
    """When they were last here, of those who are known to have been and share it. Asks the database."""
    statement = db.select(User.id, User.last_seen_at).where(User.id.in_(user_ids), User.is_active, User.shares_presence)
    found = {}
    for user_id, saved in db.session.execute(statement):
        if moments := [moment for moment in (saved, _unsaved.get(user_id)) if moment]:
            found[user_id] = max(moments)
    return found


def save() -> None:
    """Save what was noted; called every few seconds."""
    waiting = dict(_unsaved)
    for chunk in chunks(list(waiting), _CHUNK):
        _write({user_id: waiting[user_id] for user_id in chunk})
        for user_id in chunk:
            if _unsaved.get(user_id) == waiting[user_id]:
                del _unsaved[user_id]


def touch() -> None:
    """Everybody who is here was here just now."""
    for chunk in chunks(presence_here.connected(), _CHUNK):
        _write(dict.fromkeys(chunk, now()))
        socketio.sleep(_BREATH_SECONDS)


def save_all() -> None:
    """The process ends: those who have just left will not be noted later."""
    _unsaved.update(presence_here.lingering())
    try:
        save()
    except SQLAlchemyError:
        _unsaved.clear()  # and nobody waits for it


def _write(moments: Mapping[int, datetime]) -> None:
    with write():
        User.note_seen(moments)
