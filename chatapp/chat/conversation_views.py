"""Conversations as one person sees them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, func, select

from chatapp.chat.message_views import message_wires
from chatapp.extensions import db
from chatapp.lib.clock import iso
from chatapp.lib.errors import not_found
from chatapp.models import Conversation, Membership, Message, User
from chatapp.realtime.wire import user_wire

MEMBERS_SHOWN = 50
UNREAD_CAP = 100


def one_of(user_id: int, conversation_id: int) -> dict[str, Any]:
    """One conversation; ``not_found`` unless the person is in it."""
    row = db.session.execute(rows_of(user_id).where(Conversation.id == conversation_id)).first()
    if row is None:
        raise not_found()
    return wires_of([row])[0]


def views_for(conversation_id: int, user_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """The conversation as each of these members sees it."""
    if not user_ids:
        return {}
    statement: Any = (
        select(Conversation, Membership, Message, unread_of(Membership.user_id).label("unread"))
        .join(Membership, Membership.conversation_id == Conversation.id)
        .outerjoin(Message, _is_last())
        .where(Conversation.id == conversation_id, Membership.user_id.in_(user_ids), Membership.left_at.is_(None))
        .execution_options(populate_existing=True)
    )
    rows = db.session.execute(statement).all()
    members = _members_of(rows[:1])[conversation_id]
    lasts = _last_messages(rows)
    return {row.Membership.user_id: _wire(row, members, lasts) for row in rows}


def shared_by_all(conversation_id: int, version: int) -> dict[str, Any]:
    """What all members see alike, as of ``version`` or later."""
    row = db.session.execute(
        select(Conversation).where(Conversation.id == conversation_id), execution_options={"populate_existing": True}
    ).one()
    return {
        "id": conversation_id,
        "version": version,
        "title": row.Conversation.title,
        "members": [member_wire(member) for member in _members_of([row])[conversation_id]],
        "member_count": row.Conversation.member_count,
    }


def rows_of(user_id: int) -> Select[Any]:
    """A person's conversations, each with its membership, last message and number of unread ones.

    All as of one moment: of what the session has read before, nothing is kept.
    """
    return (
        select(Conversation, Membership, Message, unread_of(user_id).label("unread"))
        .join(Membership, Membership.conversation_id == Conversation.id)
        .outerjoin(Message, _is_last())
        .where(Membership.user_id == user_id, Membership.left_at.is_(None))
        .execution_options(populate_existing=True)
    )


def wires_of(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """What ``rows_of`` found, as it goes over the wire."""
    members, lasts = _members_of(rows), _last_messages(rows)
    return [_wire(row, members[row.Conversation.id], lasts) for row in rows]


def unread_of(user_id: Any) -> Any:
    """How many messages count as unread, UNREAD_CAP at most; a part of a statement on conversation and membership."""
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


def _is_last() -> Any:
    return and_(Message.conversation_id == Conversation.id, Message.seq == Conversation.last_seq)


def _last_messages(rows: Sequence[Row[Any]]) -> dict[int, dict[str, Any]]:
    """By conversation, for who may see it; each once, however many members the rows are of."""
    lasts = {row.Message.id: row.Message for row in rows if row.Message}
    return {wire["conversation_id"]: wire for wire in message_wires(list(lasts.values()))}


def _wire(row: Row[Any], members: Iterable[Row[Any]], lasts: dict[int, dict[str, Any]]) -> dict[str, Any]:
    conversation, membership, message = row.Conversation, row.Membership, row.Message
    is_visible = message is not None and message.seq >= membership.visible_from_seq
    return {
        "id": conversation.id,
        "kind": conversation.kind,
        "title": conversation.title,
        "last_seq": conversation.last_seq,
        "version": conversation.version,
        "last_read_seq": membership.last_read_seq,
        "visible_from_seq": membership.visible_from_seq,
        "role": membership.role,
        "notify": membership.notify,
        "shelf": membership.shelf_in(conversation),
        "unread": row.unread,
        "members": [member_wire(member) for member in members],
        "member_count": conversation.member_count,
        "active_at": iso(conversation.active_at),
        "last_message": lasts[conversation.id] if is_visible else None,
    }


def member_wire(member: Row[Any]) -> dict[str, Any]:
    """A member, as the others see them."""
    return {**user_wire(member), "role": member.role, "visible_from_seq": member.visible_from_seq}


def members_query() -> Any:
    """Members with what is shown of them, without an order."""
    statement: Any = (
        select(
            Membership.conversation_id,
            Membership.role,
            Membership.visible_from_seq,
            User.id,
            User.username,
            User.display_name,
            User.avatar_hash,
        )
        .join(User, User.id == Membership.user_id)
        .where(Membership.left_at.is_(None))
    )
    return statement


def _members_of(rows: Iterable[Row[Any]]) -> defaultdict[int, list[Row[Any]]]:
    """The first members of each; those of the small ones by one statement, since all of them are wanted."""
    order = Membership.joined_at, Membership.user_id
    counts = {row.Conversation.id: row.Conversation.member_count for row in rows}
    small = [conversation_id for conversation_id, count in counts.items() if count <= MEMBERS_SHOWN]
    members: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    if small:
        for member in db.session.execute(members_query().where(Membership.conversation_id.in_(small)).order_by(*order)):
            members[member.conversation_id].append(member)
    for conversation_id in counts.keys() - set(small):
        of_one = members_query().where(Membership.conversation_id == conversation_id)
        members[conversation_id] = list(db.session.execute(of_one.order_by(*order).limit(MEMBERS_SHOWN)))
    return members
