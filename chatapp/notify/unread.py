"""Members who have something unread that no push has told them of, and how much that is: all by reading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, or_, select

from chatapp.chat.conversation_views import unread_of
from chatapp.extensions import db
from chatapp.models import Conversation, Login, Membership, Message, PushSubscription, User
from chatapp.models.conversation import slot_of
from chatapp.notify.subscriptions import is_live_login

# Of what is unread so much is looked through for what concerns somebody; it is the newest that matters.
_MESSAGES_MAX = 50


def untold() -> ColumnElement[bool]:
    """Something came after what was read and told; a condition on conversation and membership."""
    return (Conversation.last_seq > Membership.last_read_seq) & or_(
        Membership.notified_seq.is_(None), Conversation.last_seq > Membership.notified_seq
    )


def told() -> ColumnElement[bool]:
    """A push told of what is still unread."""
    return Membership.notified_seq > Membership.last_read_seq


def members(conversation_ids: Collection[int], condition: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Those who can be reached and want to hear of these conversations, such as ``condition`` says."""
    statement: Any = (
        select(
            Membership.conversation_id,
            Membership.user_id,
            Membership.last_read_seq,
            Membership.notified_seq,
            Membership.visible_from_seq,
            Membership.notify,
            Conversation.kind,
            Conversation.title,
            Conversation.member_count,
            User.username,
            User.time_zone,
            User.quiet_from,
            User.quiet_until,
            User.push_shows_text,
        )
        .join(Conversation, Conversation.id == Membership.conversation_id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.conversation_id.in_(conversation_ids),
            Membership.left_at.is_(None),
            Membership.notify != "nothing",
            User.is_active,
            can_be_reached(),
            condition,
        )
    )
    return db.session.execute(statement).all()


def can_be_reached() -> ColumnElement[bool]:
    """Has a browser that is subscribed; a condition on membership."""
    return exists().where(
        PushSubscription.user_id == Membership.user_id, Login.id == PushSubscription.login_id, is_live_login()
    )


def recent(since: datetime, most: int) -> Sequence[int]:
    """The conversations in which something was said since then, and somebody has yet to be told."""
    # The slot has the index; a deletion moves it too, and is no reason to tell of what was said long ago.
    is_recent = (Conversation.active_slot >= slot_of(since)) & (Conversation.active_at >= since)
    return db.session.scalars(
        select(Conversation.id)
        .join(Membership, Membership.conversation_id == Conversation.id)
        .where(is_recent, Membership.left_at.is_(None), untold(), can_be_reached())
        .distinct()
        .limit(most)
    ).all()


def texts(floors: dict[int, int]) -> dict[int, Sequence[Row[Any]]]:
    """What people wrote in each conversation above a seq, newest first, and by what name."""
    found = {}
    for conversation_id, floor in floors.items():
        statement: Any = (
            select(
                Message.id,
                Message.seq,
                Message.sender_id,
                Message.body,
                Message.created_at,
                User.display_name,
            )
            .join(User, User.id == Message.sender_id)
            .where(
                Message.conversation_id == conversation_id,
                Message.seq > floor,
                Message.kind == "text",
                Message.deleted_at.is_(None),
            )
            .order_by(Message.seq.desc())
            .limit(_MESSAGES_MAX)
        )
        found[conversation_id] = db.session.execute(statement).all()
    return found


def standing(pairs: Collection[tuple[int, int]]) -> dict[int, set[int]]:
    """Of (conversation, person) those who were told by a push and have read it since, by conversation."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    rows = db.session.execute(
        select(Membership.conversation_id, Membership.user_id).where(
            Membership.conversation_id.in_({pair[0] for pair in pairs}),
            Membership.user_id.in_({pair[1] for pair in pairs}),
            Membership.notified_seq <= Membership.last_read_seq,
        )
    )
    for conversation_id, user_id in rows:
        if (conversation_id, user_id) in pairs:
            found[conversation_id].add(user_id)
    return found


def is_unread(conversation_id: int, user_id: int, seq: int) -> bool:
    """Whether a message is still unread by somebody who is still in the conversation."""
    membership = db.session.execute(
        select(Membership.last_read_seq).where(
            Membership.conversation_id == conversation_id,
            Membership.user_id == user_id,
            Membership.left_at.is_(None),
        )
    ).first()
    return membership is not None and membership.last_read_seq < seq


def counts(pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """How much is unread, by (conversation, person)."""
    rows = db.session.execute(
        _with_unread(Membership.conversation_id).where(
            Membership.conversation_id.in_({pair[0] for pair in pairs}),
            Membership.user_id.in_({pair[1] for pair in pairs}),
        )
    )
    return {(row.conversation_id, row.user_id): row.unread for row in rows}


def totals(user_ids: Collection[int]) -> dict[int, int]:
    """How much is unread in all, as in the tab's title: without what is muted."""
    each = _with_unread().where(
        Membership.user_id.in_(user_ids),
        Membership.left_at.is_(None),
        Membership.notify != "nothing",
        Conversation.last_seq > Membership.last_read_seq,
    )
    counted = each.subquery()
    rows = db.session.execute(
        select(counted.c.user_id, func.sum(counted.c.unread).label("total")).group_by(counted.c.user_id)
    )
    return {row.user_id: int(row.total) for row in rows}


def _with_unread(*columns: Any) -> Any:
    return select(Membership.user_id, *columns, unread_of(Membership.user_id).label("unread")).join(
        Conversation, Conversation.id == Membership.conversation_id
    )
