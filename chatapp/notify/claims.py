"""How far each member has been told by pushes (``notified_seq``); whoever moves it is the one worker that tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from chatapp.extensions import db
from chatapp.models import Membership
from chatapp.models.transaction import write_at_once

_member: Any = Membership.__table__


def claim(wanted: Iterable[tuple[int, int, int]]) -> set[tuple[int, int]]:
    """Of (conversation, person, seq) those that are ours to tell up to that seq: of several workers one gets each.

    Who is just being changed is left to the next look.
    """
    by_place: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for conversation_id, user_id, seq in wanted:
        by_place[conversation_id, seq].append(user_id)
    claimed = set()
    for (conversation_id, seq), user_ids in by_place.items():
        untold_yet = (
            _member.c.last_read_seq < seq,
            or_(_member.c.notified_seq.is_(None), _member.c.notified_seq < seq),
        )
        rows = _change(conversation_id, user_ids, untold_yet, notified_seq=seq)
        claimed |= {(conversation_id, row.user_id) for row in rows}
    return claimed


def claim_read(conversation_id: int, user_ids: Collection[int]) -> dict[int, int]:
    """Of these members, those whose push is out of date since they have read: person -> how far; now nothing stands."""
    is_read = (_member.c.notified_seq <= _member.c.last_read_seq,)
    rows = _change(conversation_id, user_ids, is_read, notified_seq=None)
    return {row.user_id: row.last_read_seq for row in rows}


def _change(conversation_id: int, user_ids: Collection[int], conditions: Any, **values: Any) -> Sequence[Row[Any]]:
    """Those whose row another transaction has locked are passed over: it may be waiting for one of ours."""
    theirs = (_member.c.conversation_id == conversation_id, _member.c.user_id.in_(user_ids), *conditions)
    free = select(_member.c.user_id).where(*theirs).order_by(_member.c.user_id)
    free = free.with_for_update(key_share=True, skip_locked=True)
    statement = (
        update(_member)
        .where(_member.c.conversation_id == conversation_id, _member.c.user_id.in_(free))
        .values(**values)
        .returning(_member.c.user_id, _member.c.last_read_seq)
    )

    def change(connection: Connection) -> Sequence[Row[Any]]:
        return connection.execute(statement).all()

    db.session.commit()  # on SQLite one does not write while one reads, in this very process
    return write_at_once(change)
