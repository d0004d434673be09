"""Rows of the write path by SQLAlchemy: any database, in a handful of statements for a batch. SQLite's way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from chatapp.chat.message_batch import Counters, Draft, Facts, Marks, Stored, Versions
from chatapp.models import Attachment, Conversation, Login, Membership, Message
from chatapp.models.conversation import slot_of
from chatapp.realtime.wire import attachment_wire

_conversation: Any = Conversation.__table__
_membership: Any = Membership.__table__
_message: Any = Message.__table__
_login: Any = Login.__table__
_attachment: Any = Attachment.__table__


class MessageRows:
    """One transaction's reading and writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, drafts: Sequence[Draft]) -> Facts:
        """Lock the conversations, then read what is decided by."""
        return Facts(
            *self._lock_conversations(drafts),
            self._current_members(drafts),
            self._ended_logins(drafts),
            self._earlier_messages(drafts),
            self._files(drafts),
        )

    def keep(self, new: Sequence[Stored], counters: Counters, marks: Marks, moment: datetime) -> None:
        """Insert the messages, which get their ids; move counters and read marks."""
        self._insert(new)
        if any(stored.attachments for stored in new):
            self._attach(new)
        self._move_counters(counters, moment)
        if marks:
            self._move_marks(marks)

    def _lock_conversations(self, drafts: Sequence[Draft]) -> tuple[Counters, Versions]:
        columns = _conversation.c
        rows = self._connection.execute(
            select(columns.id, columns.last_seq, columns.version, columns.members_version)
            .where(columns.id.in_({draft.conversation_id for draft in drafts}))
            .order_by(columns.id)
            .with_for_update()
        ).all()
        return {row.id: (row.last_seq, row.version) for row in rows}, {row.id: row.members_version for row in rows}

    def _current_members(self, drafts: Sequence[Draft]) -> Marks:
        # Two lists instead of a list of pairs, which SQLite would answer by reading the whole table.
        columns = _membership.c
        rows = self._connection.execute(
            select(columns.conversation_id, columns.user_id, columns.last_read_seq, columns.seen_seq).where(
                columns.conversation_id.in_({draft.conversation_id for draft in drafts}),
                columns.user_id.in_({draft.sender_id for draft in drafts}),
                columns.left_at.is_(None),
            )
        )
        return {(row.conversation_id, row.user_id): (row.last_read_seq, row.seen_seq) for row in rows}

    def _ended_logins(self, drafts: Sequence[Draft]) -> set[int]:
        ids = {draft.login_id for draft in drafts if draft.login_id is not None}
        if not ids:
            return set()
        columns = _login.c
        ended = select(columns.id).where(columns.id.in_(ids), columns.ended_at.is_not(None))
        return set(self._connection.scalars(ended))

    def _earlier_messages(self, drafts: Sequence[Draft]) -> list[Stored]:
        client_ids = {draft.client_id for draft in drafts}
        rows = self._connection.execute(select(_message).where(_message.c.client_id.in_(client_ids)))
        found = [Stored(**row._mapping, is_new=False) for row in rows]
        having = {stored.id: stored for stored in found if stored.attachment_count}
        if having:
            columns = _attachment.c
            of_these = select(_attachment).where(columns.message_id.in_(having))
            for row in self._connection.execute(of_these.order_by(columns.message_id, columns.position)):
                having[row.message_id].attachments.append(attachment_wire(row))
        return found

    def _files(self, drafts: Sequence[Draft]) -> dict[int, Any]:
        ids = {attachment_id for draft in drafts for attachment_id in draft.attachment_ids}
        if not ids:
            return {}
        these = select(_attachment).where(_attachment.c.id.in_(ids)).order_by(_attachment.c.id).with_for_update()
        return {row.id: row for row in self._connection.execute(these)}

    def _insert(self, new: Sequence[Stored]) -> None:
        names = [column.name for column in _message.c if column.name != "id"]
        ids = self._connection.scalars(
            insert(_message).returning(_message.c.id, sort_by_parameter_order=True),
            [{name: getattr(stored, name) for name in names} for stored in new],
        )
        for stored, message_id in zip(new, ids.all(), strict=True):
            stored.id = message_id

    def _attach(self, new: Sequence[Stored]) -> None:
        self._connection.execute(
            update(_attachment)
            .where(_attachment.c.id == bindparam("of_id"))
            .values(message_id=bindparam("to_message"), position=bindparam("at")),
            [
                {"of_id": attachment["id"], "to_message": stored.id, "at": position}
                for stored in new
                for position, attachment in enumerate(stored.attachments)
            ],
        )

    def _move_counters(self, counters: Counters, moment: datetime) -> None:
        self._connection.execute(
            update(_conversation)
            .where(_conversation.c.id == bindparam("of_id"))
            .values(
                last_seq=bindparam("to_seq"),
                version=bindparam("to_version"),
                active_at=moment,
                active_slot=slot_of(moment),
            ),
            [
                {"of_id": conversation_id, "to_seq": seq, "to_version": version}
                for conversation_id, (seq, version) in counters.items()
            ],
        )

    def _move_marks(self, marks: Marks) -> None:
        columns = _membership.c
        self._connection.execute(
            update(_membership)
            .where(columns.conversation_id == bindparam("of_conversation"), columns.user_id == bindparam("of_user"))
            .values(last_read_seq=bindparam("read"), seen_seq=bindparam("seen")),
            [
                {"of_conversation": conversation_id, "of_user": user_id, "read": read, "seen": seen}
                for (conversation_id, user_id), (read, seen) in marks.items()
            ],
        )
