"""Which conversations somebody has: pages of them, those of certain people, what changed since."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, or_, select, tuple_

from chatapp.chat.conversation_views import one_of, rows_of, unread_of, wires_of
from chatapp.extensions import db
from chatapp.lib import cursors
from chatapp.lib.errors import ChatError
from chatapp.lib.text import fold, is_storable
from chatapp.models import Conversation, Membership, User
from chatapp.models.types import MAX_INTEGER

SYNC_MAX = 200
SEARCH_MAX = 20
_DEFAULTS = {"notify": "all", "shelf": None}


def page_of(user_id: int, after: str | None = None, limit: int = 50, shelf: str | None = None) -> dict[str, Any]:
    """``{"conversations", "next"}``: someone's conversations on a shelf, or on none, most recent first, without empty
    direct ones."""
    conditions = [_has_something(), _is_on(shelf)]
    if after is not None:
        conditions.append(tuple_(Conversation.active_at, Conversation.id) < _place_of(after, user_id))
    rows = _newest_of(user_id, conditions, limit + 1)
    last = rows[limit - 1].Conversation if len(rows) > limit else None
    return {
        "conversations": wires_of(rows[:limit]),
        "next": cursors.encode(last.id) if last else None,
    }


def unread_beyond(user_id: int, page: dict[str, Any]) -> list[dict[str, Any]]:
    """Conversations that are not on that first page, put away ones included, and have something unread, so that
    counts are whole."""
    shown = [conversation["id"] for conversation in page["conversations"]]
    is_unread = (Conversation.last_seq > Membership.last_read_seq) & (unread_of(user_id) > 0)
    return wires_of(_newest_of(user_id, [Conversation.id.not_in(shown), is_unread], SYNC_MAX))


def has_on(user_id: int, shelf: str) -> bool:
    """Whether somebody has anything on a shelf."""
    return bool(_newest_of(user_id, [_is_on(shelf)], 1))


def search(user_id: int, q: str) -> list[dict[str, Any]]:
    """Someone's groups with ``q`` in their title or, where they have none, in a member's name; SEARCH_MAX at most."""
    wanted = fold(q)
    if not is_storable(wanted):
        raise ChatError("bad_request", "q: has characters that cannot be stored.")
    named = exists().where(
        Membership.conversation_id == Conversation.id,
        Membership.left_at.is_(None),
        Membership.user_id == User.id,
        User.sort_key.contains(wanted, autoescape=True),
    )
    is_found = or_(
        Conversation.title_key.contains(wanted, autoescape=True),
        and_(Conversation.title.is_(None), named.correlate(Conversation)),
    )
    return wires_of(_newest_of(user_id, [Conversation.kind == "group", is_found], SEARCH_MAX))


def direct_with(user_id: int, other_id: int) -> list[dict[str, Any]]:
    """The direct conversation of two people, if there is one."""
    existing = Conversation.direct_between(user_id, other_id)
    return [one_of(user_id, existing.id)] if existing else []


def groups_of(user_id: int, other_ids: Collection[int]) -> list[dict[str, Any]]:
    """The groups of exactly these people and oneself, most recent first."""
    key = Conversation.key_of_members({user_id, *other_ids})
    return wires_of(_newest_of(user_id, [Conversation.member_key == key], SEARCH_MAX))


def changed_since(user_id: int, known: dict[int, int]) -> dict[str, Any]:
    """What a reconnecting browser missed; ``known`` is conversation id -> version, as in the event ``sync``."""
    statement: Any = (
        select(
            Conversation.id,
            Conversation.version,
            Conversation.kind,
            Conversation.last_seq,
            Membership.last_read_seq,
            Membership.notify,
            Membership.shelf,
            Membership.shelved_seq,
        )
        .join(Membership, Membership.conversation_id == Conversation.id)
        .where(Membership.user_id == user_id, Membership.left_at.is_(None))
    )
    state = {row.id: row for row in db.session.execute(statement)}
    ahead = [row.id for row in state.values() if row.version > known.get(row.id, 0 if row.kind == "direct" else -1)]
    rows = _newest_of(user_id, [Conversation.id.in_(ahead)], SYNC_MAX + 1) if ahead else []
    settings = {row.id: _settings_of(row) for row in state.values()}
    return {
        "conversations": wires_of(rows[:SYNC_MAX]),
        "more": len(rows) > SYNC_MAX,
        "removed": [conversation_id for conversation_id in known if conversation_id not in state],
        "reads": {conversation_id: row.last_read_seq for conversation_id, row in state.items()},
        "settings": {conversation_id: own for conversation_id, own in settings.items() if own != _DEFAULTS},
    }


def _settings_of(row: Row[Any]) -> dict[str, Any]:
    return {"notify": row.notify, "shelf": row.shelf if row.last_seq <= row.shelved_seq else None}


def _has_something() -> ColumnElement[bool]:
    return (Conversation.kind == "group") | (Conversation.last_seq > 0)


def _is_on(shelf: str | None) -> ColumnElement[bool]:
    has_spoken = Conversation.last_seq > Membership.shelved_seq
    if shelf is None:
        return or_(Membership.shelf.is_(None), has_spoken)
    return and_(Membership.shelf == shelf, ~has_spoken)


def _newest_of(user_id: int, conditions: Sequence[ColumnElement[bool]], limit: int) -> Sequence[Row[Any]]:
    """The page is chosen first: last messages and unread counts cost, and most conversations are not on it."""
    recent_first = Conversation.active_at.desc(), Conversation.id.desc()
    chosen = (
        select(Conversation.id)
        .join(Membership, Membership.conversation_id == Conversation.id)
        .where(Membership.user_id == user_id, Membership.left_at.is_(None), *conditions)
        .order_by(*recent_first)
        .limit(limit)
    )
    newest = rows_of(user_id).where(Conversation.id.in_(chosen))
    return db.session.execute(newest.order_by(*recent_first)).all()


def _place_of(cursor: str, user_id: int) -> Any:
    try:
        (conversation_id,) = cursors.decode(cursor, int)
        if not 0 < conversation_id <= MAX_INTEGER:
            raise ValueError(cursor)
    except ValueError:
        raise ChatError("bad_request", "after: this is not a cursor from an earlier answer.") from None
    one_of(user_id, conversation_id)
    conversation = db.session.get_one(Conversation, conversation_id)
    return tuple_(conversation.active_at, conversation.id)
