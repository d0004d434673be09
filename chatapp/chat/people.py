"""The directory of people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import aliased

from chatapp.extensions import db
from chatapp.lib import cursors
from chatapp.lib.clock import now
from chatapp.lib.errors import ChatError
from chatapp.lib.text import fold, is_storable
from chatapp.models import NameStart, User, UserChange
from chatapp.models.name_start import END
from chatapp.models.types import MAX_INTEGER
from chatapp.realtime.wire import user_wire

ADDED_MAX = 200
CHANGED_MAX = 200
# What happens at the same moment may be committed in another order than that of its ids.
_SETTLED_SECONDS = 10


def page_for(user_id: int, q: str = "", after: str | None = None, limit: int = 50) -> dict[str, Any]:
    """``{"users", "next"}``: active people but oneself, by name; with ``q``, those with a username or a word of the
    name that starts so, by what follows. Costs an index range of ``limit`` rows, however many people there are."""
    wanted = fold(q)
    if not is_storable(wanted):
        raise ChatError("bad_request", "q: has characters that cannot be stored.")
    statement, place = _found_by(wanted) if wanted else (select(User), (User.sort_key, User.id))
    statement = statement.add_columns(place[0].label("key"))
    statement = statement.where(User.is_active, User.id != user_id).order_by(*place).limit(limit + 1)
    if after is not None:
        statement = statement.where(tuple_(*place) > tuple_(*_place_of(after, wanted)))
    rows = db.session.execute(statement).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return {
        "users": [user_wire(row.User) for row in rows[:limit]],
        "next": cursors.encode(last.key, last.User.id) if last else None,
    }


def by_ids(user_ids: Sequence[int]) -> dict[str, Any]:
    """``{"users", "next": None}``: these people by name, deactivated ones too, whose messages are still there."""
    statement = select(User).where(User.id.in_(user_ids)).order_by(User.sort_key, User.id)
    return {"users": [user_wire(user) for user in db.session.scalars(statement)], "next": None}


def added_since(user_id: int, newest_id: int) -> dict[str, Any]:
    """``{"users" (but oneself), "newest_user_id"}``: active people who are not among those up to an id, ADDED_MAX at
    most, and the id to go on from. Those who have only just come are told again the next time."""
    statement = select(User).where(User.id > newest_id).order_by(User.id).limit(ADDED_MAX)
    added = list(db.session.scalars(statement))
    settled = [user.id for user in added if user.created_at < _settled_before()]
    return {
        "users": [user_wire(user) for user in added if user.is_active and user.id != user_id],
        "newest_user_id": max(settled, default=newest_id),
    }


def newest_id() -> int:
    """The id from which ``added_since`` can go on."""
    settled = User.created_at < _settled_before()
    return db.session.scalar(select(User.id).where(settled).order_by(User.id.desc()).limit(1)) or 0


def changed_since(newest_id: int) -> dict[str, Any]:
    """``{"changed_users", "newest_change_id"}``: whose name or picture has changed since, oneself among them, as they
    are now, CHANGED_MAX at most, in the manner of ``added_since``. Who is deactivated has messages that show it, and
    is told as no longer active: no list has a place for them."""
    statement = select(UserChange, User).join(User, User.id == UserChange.user_id).where(UserChange.id > newest_id)
    rows = db.session.execute(statement.order_by(UserChange.id).limit(CHANGED_MAX)).all()
    settled = [row.UserChange.id for row in rows if row.UserChange.changed_at < _settled_before()]
    return {
        "changed_users": [{**user_wire(row.User), "is_active": row.User.is_active} for row in rows],
        "newest_change_id": max(settled, default=newest_id),
    }


def newest_change_id() -> int:
    """The id from which ``changed_since`` can go on."""
    settled = UserChange.changed_at < _settled_before()
    return db.session.scalar(select(UserChange.id).where(settled).order_by(UserChange.id.desc()).limit(1)) or 0


def _settled_before() -> datetime:
    return now() - timedelta(seconds=_SETTLED_SECONDS)


def _found_by(wanted: str) -> tuple[Select[Any], tuple[Any, Any]]:
    """People by the first of their starts in the range, so that each comes once; and what they are sorted by."""
    earlier = aliased(NameStart)
    first = (
        select(func.min(earlier.start))
        .where(earlier.user_id == NameStart.user_id, earlier.start >= wanted)
        .correlate(NameStart)
        .scalar_subquery()
    )
    statement = (
        select(User)
        .join(NameStart, NameStart.user_id == User.id)
        .where(NameStart.start >= wanted, NameStart.start < wanted + END, NameStart.start == first)
    )
    return statement, (NameStart.start, NameStart.user_id)


def _place_of(cursor: str, wanted: str) -> tuple[str, int]:
    try:
        key, user_id = cursors.decode(cursor, str, int)
        if not is_storable(key) or not key.startswith(wanted) or not 0 < user_id <= MAX_INTEGER:
            raise ValueError(cursor)
    except ValueError:
        raise ChatError("bad_request", "after: this is not a cursor from an earlier answer.") from None
    return key, user_id
