"""Who has read how far, as far as others may know. Who does not share one's own marks sees nobody's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from chatapp.chat.read_marks import SHARED_MEMBERS_MAX
from chatapp.extensions import db
from chatapp.lib.errors import ChatError, not_found
from chatapp.models import Conversation, Membership, Message, User
from chatapp.realtime.wire import user_wire


def reads_in(user_id: int, conversation_id: int) -> dict[int, int]:
    """How far each member has read, user id -> seq; only one's own in large groups and for who does not share."""
    own = Membership.current(conversation_id, user_id)
    if own is None:
        raise not_found()
    reads = {user_id: own.last_read_seq}
    conversation = db.session.get_one(Conversation, conversation_id)
    if conversation.member_count <= SHARED_MEMBERS_MAX and db.session.get_one(User, user_id).shares_reads:
        statement = select(Membership.user_id, Membership.seen_seq).where(
            Membership.conversation_id == conversation_id,
            Membership.left_at.is_(None),
            Membership.user_id != user_id,
            Membership.seen_seq > 0,
        )
        reads.update((row.user_id, row.seen_seq) for row in db.session.execute(statement))
    return reads


def readers_of(user_id: int, conversation_id: int, seq: int, limit: int = 50) -> dict[str, Any]:
    """``{"users" (by name), "count", "member_count"}``: who has seen a message, but its author and oneself."""
    own = Membership.current(conversation_id, user_id)
    author = db.session.scalar(
        select(Message.sender_id).where(Message.conversation_id == conversation_id, Message.seq == seq)
    )
    if own is None:
        raise not_found()
    if author is None or seq < own.visible_from_seq:
        raise ChatError("not_found", "There is no such message.")
    conversation = db.session.get_one(Conversation, conversation_id)
    answer: dict[str, Any] = {"users": [], "count": 0, "member_count": conversation.member_count}
    if not db.session.get_one(User, user_id).shares_reads:
        return answer
    seen = (
        Membership.conversation_id == conversation_id,
        Membership.left_at.is_(None),
        Membership.seen_seq >= seq,
        Membership.visible_from_seq <= seq,
        Membership.user_id.not_in([user_id, author]),
    )
    people = select(User).join(Membership, Membership.user_id == User.id).where(*seen)
    answer["users"] = [
        user_wire(user) for user in db.session.scalars(people.order_by(User.sort_key, User.id).limit(limit))
    ]
    answer["count"] = db.session.scalar(select(func.count()).select_from(Membership).where(*seen))
    return answer
