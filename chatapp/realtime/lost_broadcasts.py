"""What moved without this process hearing of it: found in the database, and told to those who are here.

A broadcast may be lost anywhere between two workers. So each worker asks every few seconds what moved lately, and
tells its rooms with ``head``; browsers fetch what they miss.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement

from chatapp.extensions import db
from chatapp.lib.chunks import chunks
from chatapp.lib.clock import now
from chatapp.models import Conversation, Membership
from chatapp.models.conversation import slot_of
from chatapp.realtime import broadcasts, heads, rooms, sockets
from chatapp.realtime.rooms import Place

_CHUNK = 100
# What moved so long ago is asked for each time: some rounds, and the difference of two machines' clocks.
RECENT_SECONDS = 30
# Machines' clocks may differ by so much before somebody who was added waits for the browser's own look.
CLOCKS_SECONDS = 300
# The rest is gone through a part each time, for clocks that are worse than that.
_PARTS = 12

# The highest ids of conversations at the last rounds: one with a lower id may be committed a little later.
_newest_ids: deque[int] = deque(maxlen=3)
_place = 0
# Of the groups that moved lately, as of the last round.
_members_versions: dict[int, int] = {}


def tell_heads() -> None:
    """One round: tell the rooms whose conversation moved, and stayed ahead, without a broadcast here."""
    since = now() - timedelta(seconds=RECENT_SECONDS)
    moved = _places(Conversation.active_slot >= slot_of(since))
    _join_changed(moved)
    moved = [place for place in moved if heads.is_watched(place.conversation_id)]
    known = {place.conversation_id for place in moved}
    rest = [conversation_id for conversation_id in {*heads.ahead(), *_next_part()} if conversation_id not in known]
    places = {place.conversation_id: place for place in [*moved, *_places_of(rest)]}
    for conversation_id, _ in heads.missed((place.conversation_id, place.version) for place in places.values()):
        broadcasts.head(places[conversation_id])


def look_at(conversation_ids: Sequence[int]) -> None:
    """Tell at once the rooms of these that are ahead of what was emitted here."""
    for place in _places_of(conversation_ids):
        if heads.is_ahead(place.conversation_id, place.version):
            heads.emitted(place.conversation_id, place.version)
            broadcasts.head(place)


def join_new_conversations() -> None:
    """Put the people who are here into conversations that were made elsewhere, and tell them."""
    newest = db.session.scalar(db.select(db.func.max(Conversation.id))) or 0
    start = _newest_ids[0] if _newest_ids else newest
    _newest_ids.append(newest)
    if newest <= start:
        return
    _join(Membership.conversation_id > start)


def _join_changed(moved: Sequence[Place]) -> None:
    """Of groups in which somebody came or went since the last round, put those who came lately into their rooms."""
    global _members_versions
    present = {place.conversation_id: place.members_version for place in moved if place.members_version}
    changed = [key for key, version in present.items() if _members_versions.get(key) != version]
    _members_versions = present
    lately = now() - timedelta(seconds=CLOCKS_SECONDS)
    for chunk in chunks(changed, _CHUNK):
        _join(Membership.conversation_id.in_(chunk), Membership.joined_at >= lately)


def _join(*conditions: ColumnElement[bool]) -> None:
    rows = db.session.execute(
        db.select(Membership.user_id, Conversation.id, Conversation.version, Conversation.members_version)
        .join(Conversation, Conversation.id == Membership.conversation_id)
        .where(Membership.left_at.is_(None), *conditions)
    )
    for user_id, *columns in rows:
        place = Place(*columns)
        here = [socket for socket in sockets.of_user(user_id) if place.conversation_id not in socket.conversation_ids]
        for socket in here:
            rooms.join(socket, place)
        if here and place.version:
            broadcasts.head_for(user_id, place.conversation_id, place.version)


def _next_part() -> list[int]:
    global _place
    watched = heads.watched()
    size = max(_CHUNK, len(watched) // _PARTS)
    part = watched[_place : _place + size]
    _place = _place + size if _place + size < len(watched) else 0
    return part


def _places_of(conversation_ids: Sequence[int]) -> Iterable[Place]:
    for chunk in chunks(conversation_ids, _CHUNK):
        yield from _places(Conversation.id.in_(chunk))


def _places(condition: ColumnElement[bool]) -> list[Place]:
    statement = db.select(Conversation.id, Conversation.version, Conversation.members_version).where(condition)
    return [Place(*row) for row in db.session.execute(statement)]
