"""What is done to conversations: opening the direct one of two people, marking as read."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import IntegrityError

from chatapp.chat.conversation_views import one_of
from chatapp.extensions import db
from chatapp.lib.errors import ChatError, not_found
from chatapp.models import Conversation, Membership, User
from chatapp.models.transaction import write
from chatapp.realtime import broadcasts


def open_direct(user_id: int, other_id: int) -> tuple[dict[str, Any], bool]:
    """The direct conversation of two people and whether it was made just now; there is only ever one."""
    existing = Conversation.direct_between(user_id, other_id)
    if existing:
        return one_of(user_id, existing.id), False
    other = db.session.get(User, other_id)
    if other is None or not other.is_active or other_id == user_id:
        raise ChatError("not_found", "There is no such person.")
    try:
        made = _make_direct(user_id, other_id)
    except IntegrityError:  # the other one, or another tab, was quicker
        return open_direct(user_id, other_id)
    _tell_members(made, [user_id, other_id])
    return one_of(user_id, made.id), True


def mark_read(user_id: int, conversation_id: int, seq: int) -> int:
    """Move someone's read mark forward to ``seq`` (never back, never past the end); returns where it is now."""
    with write():
        membership = Membership.current(conversation_id, user_id, lock=True)
        if membership is None:
            raise not_found()
        conversation = db.session.get_one(Conversation, conversation_id)
        target = min(seq, conversation.last_seq)
        is_moved = target > membership.last_read_seq
        if is_moved:
            membership.last_read_seq = target
    if is_moved:
        broadcasts.read_marked(conversation_id, user_id, target)
    return membership.last_read_seq


def _make_direct(user_id: int, other_id: int) -> Conversation:
    conversation = Conversation(kind="direct", pair_key=Conversation.key_of_pair(user_id, other_id))
    with write():
        db.session.add(conversation)
        db.session.flush()
        for member_id in (user_id, other_id):
            db.session.add(Membership(conversation_id=conversation.id, user_id=member_id))
    return conversation


def _tell_members(conversation: Conversation, user_ids: list[int]) -> None:
    for user_id in user_ids:
        broadcasts.conversation_added(user_id, one_of(user_id, conversation.id))
