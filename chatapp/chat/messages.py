"""Saving messages: the one write path, for any number of messages at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from chatapp.lib.clock import now
from chatapp.lib.errors import ChatError, login_ended, not_found
from chatapp.models import Conversation, Login, Membership, Message
from chatapp.models.transaction import write_at_once

_conversation: Any = Conversation.__table__
_membership: Any = Membership.__table__
_message: Any = Message.__table__
_login: Any = Login.__table__


@dataclass(slots=True)
class Draft:
    """A message on its way. ``login_id`` is the log-in it came by, where it came from a browser;
    ``created_at`` is set only by demos and imports."""

    conversation_id: int
    sender_id: int
    client_id: str
    body: str
    reply_to_seq: int | None = None
    login_id: int | None = None
    created_at: datetime | None = None


@dataclass(slots=True)
class Stored:
    """A message as it stands in the database; ``is_new`` is False when a retry found it there already."""

    conversation_id: int
    seq: int
    version: int
    sender_id: int
    client_id: str
    body: str
    created_at: datetime
    id: int = 0
    kind: str = "text"
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    reply_to_seq: int | None = None
    is_new: bool = True


Outcome = Stored | ChatError


def save(drafts: Sequence[Draft]) -> list[Outcome]:
    """Save all in one transaction; an outcome for each, in order. A refused one does not disturb the others.

    Committed on return. Raises the database's error when nothing was saved.
    """
    return write_at_once(lambda connection: _Batch(connection, drafts).save())


class _Batch:
    """One transaction's worth.

    The conversations are locked first, in order of id; all else is read by later statements, so that no
    racing sender, retry or removal can slip in between the reading and the numbering.
    """

    def __init__(self, connection: Connection, drafts: Sequence[Draft]) -> None:
        self._connection = connection
        self._drafts = drafts
        self._moved_marks: dict[tuple[int, int], int] = {}

    def save(self) -> list[Outcome]:
        self._counters = self._lock_conversations()
        self._read_marks = self._current_members()
        self._ended = self._ended_logins()
        self._known = self._earlier_messages()
        outcomes = [self._decide(draft) for draft in self._drafts]
        new = [stored for stored in self._known.values() if stored.is_new]
        if new:
            self._insert(new)
            self._move_counters({stored.conversation_id for stored in new})
            self._move_marks()
        return outcomes

    def _lock_conversations(self) -> dict[int, list[int]]:
        ids = {draft.conversation_id for draft in self._drafts}
        columns = _conversation.c
        rows = self._connection.execute(
            select(columns.id, columns.last_seq, columns.version)
            .where(columns.id.in_(ids))
            .order_by(columns.id)
            .with_for_update()
        )
        return {row.id: [row.last_seq, row.version] for row in rows}

    def _current_members(self) -> dict[tuple[int, int], int]:
        # Two lists instead of a list of pairs, which SQLite would answer by reading the whole table.
        columns = _membership.c
        rows = self._connection.execute(
            select(columns.conversation_id, columns.user_id, columns.last_read_seq).where(
                columns.conversation_id.in_({draft.conversation_id for draft in self._drafts}),
                columns.user_id.in_({draft.sender_id for draft in self._drafts}),
                columns.left_at.is_(None),
            )
        )
        return {(row.conversation_id, row.user_id): row.last_read_seq for row in rows}

    def _ended_logins(self) -> set[int]:
        ids = {draft.login_id for draft in self._drafts if draft.login_id is not None}
        if not ids:
            return set()
        columns = _login.c
        return set(
            self._connection.scalars(select(columns.id).where(columns.id.in_(ids), columns.ended_at.is_not(None)))
        )

    def _earlier_messages(self) -> dict[tuple[int, str], Stored]:
        client_ids = {draft.client_id for draft in self._drafts}
        rows = self._connection.execute(select(_message).where(_message.c.client_id.in_(client_ids)))
        return {(row.sender_id, row.client_id): Stored(**row._mapping, is_new=False) for row in rows}

    def _decide(self, draft: Draft) -> Outcome:
        if draft.login_id in self._ended:
            return login_ended()
        earlier = self._known.get((draft.sender_id, draft.client_id))
        if earlier:
            return _answer_retry(draft, earlier)
        if (draft.conversation_id, draft.sender_id) not in self._read_marks:
            return not_found()
        if draft.reply_to_seq and draft.reply_to_seq > self._counters[draft.conversation_id][0]:
            return ChatError("bad_request", "reply_to_seq: there is no such message.")
        return self._number(draft)

    def _number(self, draft: Draft) -> Stored:
        counters = self._counters[draft.conversation_id]
        counters[0] += 1
        counters[1] += 1
        stored = Stored(
            conversation_id=draft.conversation_id,
            seq=counters[0],
            version=counters[1],
            sender_id=draft.sender_id,
            client_id=draft.client_id,
            body=draft.body,
            created_at=draft.created_at or now(),
            reply_to_seq=draft.reply_to_seq,
        )
        member = (draft.conversation_id, draft.sender_id)
        if self._read_marks[member] == stored.seq - 1:  # nothing unread lay before it
            self._read_marks[member] = self._moved_marks[member] = stored.seq
        self._known[draft.sender_id, draft.client_id] = stored
        return stored

    def _insert(self, new: list[Stored]) -> None:
        names = [column.name for column in _message.c if column.name != "id"]
        ids = self._connection.scalars(
            insert(_message).returning(_message.c.id, sort_by_parameter_order=True),
            [{name: getattr(stored, name) for name in names} for stored in new],
        )
        for stored, message_id in zip(new, ids.all(), strict=True):
            stored.id = message_id

    def _move_counters(self, conversation_ids: set[int]) -> None:
        moment = now()
        self._connection.execute(
            update(_conversation)
            .where(_conversation.c.id == bindparam("of_id"))
            .values(last_seq=bindparam("to_seq"), version=bindparam("to_version"), active_at=moment),
            [
                {"of_id": of_id, "to_seq": self._counters[of_id][0], "to_version": self._counters[of_id][1]}
                for of_id in conversation_ids
            ],
        )

    def _move_marks(self) -> None:
        if not self._moved_marks:
            return
        columns = _membership.c
        self._connection.execute(
            update(_membership)
            .where(columns.conversation_id == bindparam("of_conversation"), columns.user_id == bindparam("of_user"))
            .values(last_read_seq=bindparam("to_seq")),
            [
                {"of_conversation": conversation_id, "of_user": user_id, "to_seq": seq}
                for (conversation_id, user_id), seq in self._moved_marks.items()
            ],
        )


def _answer_retry(draft: Draft, earlier: Stored) -> Outcome:
    same_place = earlier.conversation_id == draft.conversation_id
    # An edit or a deletion since then is no conflict: the retry is of the message as it was first sent.
    same_text = earlier.body == draft.body or earlier.edited_at is not None or earlier.deleted_at is not None
    if same_place and same_text and earlier.reply_to_seq == draft.reply_to_seq:
        return earlier
    return ChatError("conflict", "This client_id was used for another message.")
