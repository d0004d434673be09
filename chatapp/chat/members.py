"""The members of a conversation, by the page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import tuple_

from chatapp.chat.conversation_views import member_wire, members_query
from chatapp.extensions import db
from chatapp.lib import cursors
from chatapp.lib.errors import ChatError, not_found
from chatapp.lib.text import fold, is_storable
from chatapp.models import Membership, NameStart
from chatapp.models.types import MAX_INTEGER


def page_of(
    user_id: int, conversation_id: int, q: str = "", after: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """``{"members", "next"}``: who came first is first; with ``q`` those with a username or a word of the name that
    starts so."""
    if Membership.current(conversation_id, user_id) is None:
        raise not_found()
    wanted = fold(q)
    if not is_storable(wanted):
        raise ChatError("bad_request", "q: has characters that cannot be stored.")
    place = Membership.joined_at, Membership.user_id
    statement = members_query().where(Membership.conversation_id == conversation_id).order_by(*place).limit(limit + 1)
    if wanted:
        statement = statement.where(NameStart.is_of(Membership.user_id, wanted))
    if after is not None:
        statement = statement.where(tuple_(*place) > tuple_(*_place_of(after, conversation_id)))
    rows = db.session.execute(statement).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return {
        "members": [member_wire(row) for row in rows[:limit]],
        "next": cursors.encode(last.id) if last else None,
    }


def _place_of(cursor: str, conversation_id: int) -> tuple[Any, int]:
    try:
        (user_id,) = cursors.decode(cursor, int)
        is_id = 0 < user_id <= MAX_INTEGER
        membership = db.session.get(Membership, (conversation_id, user_id)) if is_id else None
        if membership is None:
            raise ValueError(cursor)
    except ValueError:
        raise ChatError("bad_request", "after: this is not a cursor from an earlier answer.") from None
    return membership.joined_at, user_id
