"""Reading a conversation: pages of messages, and what changed since a version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from chatapp.chat import conversation_views, receipts
from chatapp.chat.message_views import message_wires
from chatapp.extensions import db
from chatapp.lib.errors import not_found
from chatapp.models import Conversation, Membership, Message

# A page of long messages ends where their texts come to so much; it has one at least.
TEXT_BYTES = 1024 * 1024


def messages_page(
    user_id: int,
    conversation_id: int,
    *,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
    at: datetime | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """``{"messages" (ascending seq), "more" (in the direction asked for), "version"}``, from one snapshot.

    Without a place it is the newest page; ``at`` a moment it is around the first message since, whose ``seq`` is told.
    A page that begins anew (without ``before`` and ``after``) tells ``reads``, too.
    Costs an index range of ``limit`` rows, however long the conversation. One that goes on from another has
    fewer where their texts are very long.
    """
    start = _visible_from(user_id, conversation_id)
    # Before the messages: should one come in between, a cursor that is too low only fetches it again.
    version = _version_of(conversation_id)
    more_told: dict[str, Any] = {}
    if before is None and after is None:
        more_told["reads"] = receipts.reads_in(user_id, conversation_id)
    if at is not None:
        around = more_told["seq"] = _first_since(conversation_id, start, at)
    if around is not None:
        earlier = _page(_between(conversation_id, start, around), limit // 2, newest=True)
        later = _page(_between(conversation_id, max(start, around)), limit - limit // 2, newest=False)
        found, more = earlier[0] + later[0], earlier[1]
    elif after is not None:
        found, more = _page(_between(conversation_id, max(start, after + 1)), limit, newest=False)
        found, more = _shortened(found, more, newest=False)
    else:
        found, more = _page(_between(conversation_id, start, before), limit, newest=True)
        if before is not None:
            found, more = _shortened(found, more, newest=True)
    return {
        "messages": message_wires(found),
        "more": more,
        "version": version,
        **more_told,
    }


def changes(user_id: int, conversation_id: int, since: int, limit: int = 200) -> dict[str, Any]:
    """Everything with a version above ``since``, ascending, and the cursor to use next."""
    conversation = conversation_views.one_of(user_id, conversation_id)
    statement = select(Message).where(
        Message.conversation_id == conversation_id,
        Message.version > since,
        Message.seq >= _visible_from(user_id, conversation_id),
    )
    found = list(db.session.scalars(statement.order_by(Message.version).limit(limit + 1)))
    found, more = _shortened(found[:limit], len(found) > limit, newest=False)
    return {
        "messages": message_wires(found),
        "conversation": {**conversation, "reads": receipts.reads_in(user_id, conversation_id)},
        "version": found[-1].version if more else conversation["version"],
        "more": more,
    }


def first_unread_seq(user_id: int, conversation_id: int) -> int | None:
    """The seq of the first message that counts as unread."""
    membership = Membership.current(conversation_id, user_id)
    if membership is None:
        raise not_found()
    unread = _between(conversation_id, max(membership.visible_from_seq, membership.last_read_seq + 1)).where(
        Message.sender_id != user_id,
        Message.kind == "text",
        Message.deleted_at.is_(None),
    )
    first = db.session.scalar(unread.order_by(Message.seq).limit(1))
    return first.seq if first else None


def _visible_from(user_id: int, conversation_id: int) -> int:
    membership = Membership.current(conversation_id, user_id)
    if membership is None:
        raise not_found()
    return membership.visible_from_seq


def _first_since(conversation_id: int, start: int, moment: datetime) -> int:
    """The seq of the first message at or after a moment; of the last one where there is none.

    By halving, since ``created_at`` has no index and rises with ``seq``: twenty rows of a million.
    """
    low = start
    high = max(start, db.session.scalars(select(Conversation.last_seq).where(Conversation.id == conversation_id)).one())
    while low < high:
        middle = (low + high) // 2
        of_middle = (Message.conversation_id == conversation_id, Message.seq == middle)
        if db.session.scalars(select(Message.created_at).where(*of_middle)).one() < moment:
            low = middle + 1
        else:
            high = middle
    return low


def _between(conversation_id: int, start: int, end: int | None = None) -> Select[Any]:
    """From ``start`` up to but not including ``end``.

    One lower bound only: of two, SQLite takes either for its index range, and may read half a conversation.
    """
    statement = select(Message).where(Message.conversation_id == conversation_id, Message.seq >= start)
    return statement if end is None else statement.where(Message.seq < end)


def _page(statement: Select[Any], limit: int, *, newest: bool) -> tuple[list[Message], bool]:
    order = Message.seq.desc() if newest else Message.seq.asc()
    found = list(db.session.scalars(statement.order_by(order).limit(limit + 1)))
    page = found[:limit]
    return (page[::-1] if newest else page), len(found) > limit


def _shortened(page: list[Message], more: bool, *, newest: bool) -> tuple[list[Message], bool]:
    """Without what is too much for one answer: the oldest, or the newest.

    Not of a page that begins anew: what is asked for by its limit is to be on it, such as all that is unread, and by
    a later half that is not full one knows that the conversation ends there.
    """
    size = 0
    for taken, message in enumerate(reversed(page) if newest else page):
        size += len(message.body.encode())
        if size > TEXT_BYTES and taken:
            return (page[-taken:] if newest else page[:taken]), True
    return page, more


def _version_of(conversation_id: int) -> int:
    return db.session.scalars(select(Conversation.version).where(Conversation.id == conversation_id)).one()
