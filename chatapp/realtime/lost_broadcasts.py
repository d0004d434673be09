"""What moved without this process hearing of it: found in the database, and told to those who are here.

A broadcast may be lost anywhere between two workers. So each worker asks every few seconds what moved lately, and
tells its rooms with ``head``; browsers fetch what they miss.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import timedelta

from chatapp.extensions import db
from chatapp.lib.chunks import chunks
from chatapp.lib.clock import now
from chatapp.models import Conversation, Membership
from chatapp.models.conversation import slot_of
from chatapp.realtime import broadcasts, heads, rooms, sockets

_CHUNK = 100
# What moved so long ago is asked for each time: some rounds, and the difference of two machines' clocks.
RECENT_SECONDS = 30
# The rest is gone through a part each time, for clocks that are worse than that.
_PARTS = 12

# The highest ids of conversations at the last rounds: one with a lower id may be committed a little later.
_newest_ids: deque[int] = deque(maxlen=3)
_place = 0


def tell_heads() -> None:
    """One round: tell the rooms whose conversation moved, and stayed ahead, without a broadcast here."""
    since = now() - timedelta(seconds=RECENT_SECONDS)
    columns = (Conversation.id, Conversation.version)
    moved = [
        (row.id, row.version)
        for row in db.session.execute(db.select(*columns).where(Conversation.active_slot >= slot_of(since)))
    ]
    moved = [(conversation_id, version) for conversation_id, version in moved if heads.is_watched(conversation_id)]
    known = {conversation_id for conversation_id, _ in moved}
    rest = [conversation_id for conversation_id in {*heads.ahead(), *_next_part()} if conversation_id not in known]
    for conversation_id, version in heads.missed([*moved, *_versions_of(rest)]):
        broadcasts.head(conversation_id, version)


def look_at(conversation_ids: Sequence[int]) -> None:
    """Tell at once the rooms of these that are ahead of what was emitted here."""
    for conversation_id, version in _versions_of(conversation_ids):
        if heads.is_ahead(conversation_id, version):
            heads.emitted(conversation_id, version)
            broadcasts.head(conversation_id, version)


def join_new_conversations() -> None:
    """Put the people who are here into conversations that were made elsewhere, and tell them."""
    newest = db.session.scalar(db.select(db.func.max(Conversation.id))) or 0
    start = _newest_ids[0] if _newest_ids else newest
    _newest_ids.append(newest)
    if newest <= start:
        return
    rows = db.session.execute(
        db.select(Membership.conversation_id, Membership.user_id, Conversation.version)
        .join(Conversation, Conversation.id == Membership.conversation_id)
        .where(Membership.conversation_id > start, Membership.left_at.is_(None))
    )
    for conversation_id, user_id, version in rows:
        here = [socket for socket in sockets.of_user(user_id) if conversation_id not in socket.conversation_ids]
        for socket in here:
            rooms.join(socket, conversation_id, version)
        if here and version:
            broadcasts.head_for(user_id, conversation_id, version)


def _next_part() -> list[int]:
    global _place
    watched = heads.watched()
    size = max(_CHUNK, len(watched) // _PARTS)
    part = watched[_place : _place + size]
    _place = _place + size if _place + size < len(watched) else 0
    return part


def _versions_of(conversation_ids: Sequence[int]) -> Iterable[tuple[int, int]]:
    for chunk in chunks(conversation_ids, _CHUNK):
        statement = db.select(Conversation.id, Conversation.version).where(Conversation.id.in_(chunk))
        yield from [(row.id, row.version) for row in db.session.execute(statement)]
