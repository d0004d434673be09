"""Conversations as one person sees them: in lists, one by one, and what changed since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, tuple_

from chatapp.extensions import db
from chatapp.lib import cursors
from chatapp.lib.clock import iso
from chatapp.lib.errors import ChatError, not_found
from chatapp.models import Conversation, Membership, Message, User
from chatapp.realtime.wire import message_wire, user_wire

MEMBERS_SHOWN = 50
UNREAD_CAP = 100
SYNC_MAX = 200


def page_of(user_id: int, after: str | None = None, limit: int = 50) -> dict[str, Any]:
    """``{"conversations", "next"}``: someone's conversations, most recent first, without empty direct ones."""
    has_something = (Conversation.kind == "group") | (Conversation.last_seq > 0)
    conditions = [has_something]
    if after is not None:
        conditions.append(tuple_(Conversation.active_at, Conversation.id) < _place_of(after, user_id))
    rows = _newest_of(user_id, conditions, limit + 1)
    last = rows[limit - 1].Conversation if len(rows) > limit else None
    return {
        "conversations": _wires(user_id, rows[:limit]),
        "next": cursors.encode(last.id) if last else None,
    }


def one_of(user_id: int, conversation_id: int) -> dict[str, Any]:
    """One conversation; ``not_found`` unless the person is in it."""
    row = db.session.execute(_all_of(user_id).where(Conversation.id == conversation_id)).first()
    if row is None:
        raise not_found()
    return _wires(user_id, [row])[0]


def direct_with(user_id: int, other_id: int) -> list[dict[str, Any]]:
    """The direct conversation of two people, if there is one."""
    existing = Conversation.direct_between(user_id, other_id)
    return [one_of(user_id, existing.id)] if existing else []


def reads_in(conversation_id: int) -> dict[int, int]:
    """How far each member has read: user id -> seq."""
    statement = select(Membership.user_id, Membership.last_read_seq).where(
        Membership.conversation_id == conversation_id, Membership.left_at.is_(None)
    )
    return {row.user_id: row.last_read_seq for row in db.session.execute(statement)}


def changed_since(user_id: int, known: dict[int, int]) -> dict[str, Any]:
    """What a reconnecting browser missed; ``known`` is conversation id -> version, as in the event ``sync``."""
    state = {
        row.id: row
        for row in db.session.execute(
            select(
                Conversation.id,
                Conversation.version,
                Conversation.kind,
                Membership.last_read_seq,
            )
            .join(Membership, Membership.conversation_id == Conversation.id)
            .where(Membership.user_id == user_id, Membership.left_at.is_(None))
        )
    }
    ahead = [row.id for row in state.values() if row.version > known.get(row.id, 0 if row.kind == "direct" else -1)]
    rows = _newest_of(user_id, [Conversation.id.in_(ahead)], SYNC_MAX + 1) if ahead else []
    return {
        "conversations": _wires(user_id, rows[:SYNC_MAX]),
        "more": len(rows) > SYNC_MAX,
        "removed": [conversation_id for conversation_id in known if conversation_id not in state],
        "reads": {conversation_id: row.last_read_seq for conversation_id, row in state.items()},
    }


def _all_of(user_id: int) -> Select[Any]:
    last_message = and_(Message.conversation_id == Conversation.id, Message.seq == Conversation.last_seq)
    return (
        select(Conversation, Membership, Message, _unread_of(user_id).label("unread"))
        .join(Membership, Membership.conversation_id == Conversation.id)
        .outerjoin(Message, last_message)
        .where(Membership.user_id == user_id, Membership.left_at.is_(None))
    )


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
    newest = _all_of(user_id).where(Conversation.id.in_(chosen))
    return db.session.execute(newest.order_by(*recent_first)).all()


def _unread_of(user_id: int) -> Any:
    unread = Message.__table__.alias()
    others = (
        select(unread.c.id)
        .where(
            unread.c.conversation_id == Conversation.id,
            unread.c.seq > Membership.last_read_seq,  # never below visible_from_seq - 1
            unread.c.sender_id != user_id,
            unread.c.kind == "text",
            unread.c.deleted_at.is_(None),
        )
        .limit(UNREAD_CAP)
        .correlate(Conversation, Membership)
        .subquery()
    )
    return select(func.count()).select_from(others).scalar_subquery()


def _place_of(cursor: str, user_id: int) -> Any:
    try:
        (conversation_id,) = cursors.decode(cursor, int)
    except ValueError:
        raise ChatError("bad_request", "after: this is not a cursor from an earlier answer.") from None
    one_of(user_id, conversation_id)
    conversation = db.session.get_one(Conversation, conversation_id)
    return tuple_(conversation.active_at, conversation.id)


def _wires(user_id: int, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    members = _members_of([row.Conversation.id for row in rows])
    return [_wire(row, members[row.Conversation.id]) for row in rows]


def _wire(row: Row[Any], members: list[Row[Any]]) -> dict[str, Any]:
    conversation, membership, message = row.Conversation, row.Membership, row.Message
    is_visible = message is not None and message.seq >= membership.visible_from_seq
    return {
        "id": conversation.id,
        "kind": conversation.kind,
        "title": conversation.title,
        "last_seq": conversation.last_seq,
        "version": conversation.version,
        "last_read_seq": membership.last_read_seq,
        "unread": row.unread,
        "members": [user_wire(member) for member in members],
        "member_count": members[0].total if members else 0,
        "active_at": iso(conversation.active_at),
        "last_message": message_wire(message) if is_visible else None,
    }


def _members_of(conversation_ids: Iterable[int]) -> defaultdict[int, list[Row[Any]]]:
    of_one = Membership.conversation_id
    numbered = (
        select(
            of_one,
            Membership.user_id,
            func.row_number()
            .over(partition_by=of_one, order_by=(Membership.joined_at, Membership.user_id))
            .label("place"),
            func.count().over(partition_by=of_one).label("total"),
        )
        .where(of_one.in_(list(conversation_ids)), Membership.left_at.is_(None))
        .subquery()
    )
    statement = (
        select(numbered.c.conversation_id, numbered.c.total, User.id, User.username, User.display_name)
        .join(User, User.id == numbered.c.user_id)
        .where(numbered.c.place <= MEMBERS_SHOWN)
        .order_by(numbered.c.place)
    )
    members: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in db.session.execute(statement):
        members[row.conversation_id].append(row)
    return members
