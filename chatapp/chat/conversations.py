"""What is done to conversations of any kind: opening the direct one of two people, one's own settings."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import IntegrityError

from chatapp.chat.conversation_views import one_of, views_for
from chatapp.extensions import db
from chatapp.lib.errors import ChatError, not_found
from chatapp.models import Conversation, Membership, User
from chatapp.models.transaction import write
from chatapp.realtime import broadcasts
from chatapp.realtime.rooms import Place


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
    for member_id, view in views_for(made.id, [user_id, other_id]).items():
        broadcasts.conversation_added(member_id, Place(made.id, made.version, made.members_version), view)
    return one_of(user_id, made.id), True


def change_settings(user_id: int, conversation_id: int, changes: dict[str, Any]) -> dict[str, Any]:
    """Change what somebody alone decides: ``notify`` and ``shelf``. A shelf counts until the conversation moves."""
    with write():
        membership = Membership.current(conversation_id, user_id, lock=True)
        if membership is None:
            raise not_found()
        conversation = db.session.get_one(Conversation, conversation_id)
        if "notify" in changes:
            membership.notify = changes["notify"]
        if "shelf" in changes:
            membership.shelf = changes["shelf"]
            membership.shelved_seq = conversation.last_seq
        settings = {"id": conversation_id, "notify": membership.notify, "shelf": membership.shelf_in(conversation)}
    broadcasts.conversation_settings_changed(user_id, settings)
    return one_of(user_id, conversation_id)


def _make_direct(user_id: int, other_id: int) -> Conversation:
    conversation = Conversation(kind="direct", pair_key=Conversation.key_of_pair(user_id, other_id), member_count=2)
    with write():
        db.session.add(conversation)
        db.session.flush()
        for member_id in (user_id, other_id):
            db.session.add(Membership(conversation_id=conversation.id, user_id=member_id))
    return conversation
