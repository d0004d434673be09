"""How far people have read: their own marks, and what the others may know of them.

In a large group each message moves a thousand marks, so marks share commits as messages do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from chatapp.chat import news
from chatapp.chat.commit_queue import CommitQueue, Waiting
from chatapp.lib.errors import ChatError, not_found
from chatapp.models import Conversation, Membership, User
from chatapp.models.transaction import write_at_once
from chatapp.realtime import broadcasts
from chatapp.realtime.rooms import Place

# In larger groups nobody is told of the others' marks; who wants to know asks.
SHARED_MEMBERS_MAX = 50

_member: Any = Membership.__table__
_conversation: Any = Conversation.__table__
_user: Any = User.__table__


@dataclass(slots=True)
class Mark:
    """Someone has read up to ``seq``; or, going ``back``, counts ``seq`` and what follows as unread."""

    user_id: int
    conversation_id: int
    seq: int
    back: bool = False


@dataclass(slots=True)
class Marked:
    """Where the mark is now; ``is_shared`` when the others are to know."""

    mark: Mark
    place: Place
    last_read_seq: int
    is_moved: bool
    is_shared: bool


class ReadMarks(CommitQueue[Mark, Marked]):
    """Acks each mark once it is saved, and tells whom it concerns."""

    def save(self, items: Sequence[Mark]) -> Sequence[Marked | ChatError | None]:
        """All of them in one transaction."""
        return save(items)

    def settle(self, waiting: Waiting[Mark], outcome: Marked, told: set[int]) -> None:
        """Ack and broadcast."""
        waiting.answer(b'"last_read_seq":%d' % outcome.last_read_seq)
        tell(outcome)


read_marks = ReadMarks()


def save(marks: Sequence[Mark]) -> list[Marked | ChatError | None]:
    """Move the marks: forward only, never past the end, or back where asked; an outcome for each, in order.

    None for one that somebody else is just moving. Waiting for it could be for ever: a message moves its sender's
    mark while it holds other locks.
    """
    return write_at_once(lambda connection: _save(connection, marks))


def tell(marked: Marked) -> None:
    """Tell the conversation, or only the person's own pages."""
    if marked.is_moved:
        place = marked.place if marked.is_shared else None
        mark = marked.mark
        broadcasts.read_marked(place, mark.conversation_id, mark.user_id, marked.last_read_seq)
        if not mark.back:
            news.marked_read(mark.conversation_id, mark.user_id)


def _save(connection: Connection, marks: Sequence[Mark]) -> list[Marked | ChatError | None]:
    members = _members(marks)
    rows = {(row.conversation_id, row.user_id): row for row in connection.execute(_locked(members))}
    present = {key: (row.last_read_seq, row.seen_seq) for key, row in rows.items()}
    is_complete = all((mark.conversation_id, mark.user_id) in rows for mark in marks)
    others = set() if is_complete else {(row.conversation_id, row.user_id) for row in connection.execute(members)}
    outcomes: list[Marked | ChatError | None] = []
    moved = set()
    for mark in marks:
        key = (mark.conversation_id, mark.user_id)
        if key not in rows:
            outcomes.append(None if key in others else not_found())
            continue
        outcome, present[key] = _move(mark, rows[key], *present[key])
        outcomes.append(outcome)
        if outcome.is_moved:
            moved.add(key)
            if mark.back:
                _needs_no_push(connection, *key, rows[key].last_seq)
    if moved:
        connection.execute(
            update(_member)
            .where(_member.c.conversation_id == bindparam("of_conversation"), _member.c.user_id == bindparam("of_user"))
            .values(last_read_seq=bindparam("read"), seen_seq=bindparam("seen")),
            [
                {"of_conversation": key[0], "of_user": key[1], "read": present[key][0], "seen": present[key][1]}
                for key in sorted(moved)
            ],
        )
    return outcomes


def _needs_no_push(connection: Connection, conversation_id: int, user_id: int, last_seq: int) -> None:
    """What is unread by somebody's own wish is no news to them; whoever tells just now finds that it is told."""
    theirs = (_member.c.conversation_id == conversation_id, _member.c.user_id == user_id)
    connection.execute(update(_member).where(*theirs).values(notified_seq=last_seq))


def _members(marks: Sequence[Mark]) -> Any:
    """Two lists instead of a list of pairs, which SQLite would answer by reading the whole table."""
    return (
        select(
            _member.c.conversation_id,
            _member.c.user_id,
            _member.c.last_read_seq,
            _member.c.seen_seq,
            _member.c.visible_from_seq,
            _conversation.c.last_seq,
            _conversation.c.version,
            _conversation.c.members_version,
            _conversation.c.member_count,
            _user.c.shares_reads,
        )
        .join(_conversation, _conversation.c.id == _member.c.conversation_id)
        .join(_user, _user.c.id == _member.c.user_id)
        .where(
            _member.c.conversation_id.in_({mark.conversation_id for mark in marks}),
            _member.c.user_id.in_({mark.user_id for mark in marks}),
            _member.c.left_at.is_(None),
        )
    )


def _locked(members: Any) -> Any:
    return members.with_for_update(of=_member, key_share=True, skip_locked=True)


def _move(mark: Mark, row: Row[Any], read: int, seen: int) -> tuple[Marked, tuple[int, int]]:
    lowest = row.visible_from_seq - 1
    target = max(lowest, mark.seq - 1) if mark.back else min(mark.seq, row.last_seq)
    is_moved = target < read if mark.back else target > read
    read = target if is_moved else read
    # Going back is one's own affair: what was seen was seen.
    is_news = is_moved and row.shares_reads and read > seen
    seen = read if is_news else seen
    place = Place(mark.conversation_id, row.version, row.members_version)
    is_shared = is_news and row.member_count <= SHARED_MEMBERS_MAX
    return Marked(mark, place, read, is_moved, is_shared), (read, seen)
