"""The directory of people."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select, tuple_

from chatapp.extensions import db
from chatapp.lib import cursors
from chatapp.lib.errors import ChatError
from chatapp.lib.text import fold, is_storable
from chatapp.models import User
from chatapp.realtime.wire import user_wire


def page_for(user_id: int, q: str = "", after: str | None = None, limit: int = 50) -> dict[str, Any]:
    """``{"users", "next"}``: active people but oneself, by name; with ``q``, those with a name or a word of it
    that starts so."""
    statement = select(User).where(User.is_active, User.id != user_id).order_by(User.sort_key, User.id).limit(limit + 1)
    if wanted := fold(q):
        if not is_storable(wanted):
            raise ChatError("bad_request", "q: has characters that cannot be stored.")
        statement = statement.where(
            or_(
                User.sort_key.startswith(wanted, autoescape=True),
                User.sort_key.contains(" " + wanted, autoescape=True),
                User.username.istartswith(wanted, autoescape=True),
            )
        )
    if after is not None:
        try:
            place = cursors.decode(after, str, int)
        except ValueError:
            raise ChatError("bad_request", "after: this is not a cursor from an earlier answer.") from None
        statement = statement.where(tuple_(User.sort_key, User.id) > tuple_(*place))
    found = list(db.session.scalars(statement))
    last = found[limit - 1] if len(found) > limit else None
    return {
        "users": [user_wire(user) for user in found[:limit]],
        "next": cursors.encode(last.sort_key, last.id) if last else None,
    }
