"""Rows of the write path on PostgreSQL: two round trips for a batch, the second with its commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from chatapp.chat.message_batch import Counters, Draft, Facts, Marks, Stored
from chatapp.lib import orjson_codec
from chatapp.lib.clock import iso
from chatapp.models.conversation import slot_of
from chatapp.models.pipeline import Statement, Transaction
from chatapp.realtime.wire import attachment_wire

# A statement of its own: what follows must see what was committed while this one waited for its locks.
_LOCK = Statement(
    "SELECT id, last_seq, version, members_version FROM conversation"
    " WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE"
)
_MEMBER, _ENDED, _EARLIER = b"1", b"2", b"3"
_FACTS = Statement("""
    SELECT 1, member.conversation_id, member.user_id, member.last_read_seq, member.seen_seq
    FROM unnest($1::bigint[], $2::bigint[]) AS draft (conversation_id, user_id)
    JOIN membership AS member USING (conversation_id, user_id)
    WHERE member.left_at IS NULL
    UNION ALL SELECT 2, id, 0, 0, 0 FROM login WHERE id = ANY($3::bigint[]) AND ended_at IS NOT NULL
    UNION ALL SELECT 3, id, 0, 0, 0 FROM message WHERE client_id = ANY($4::text[])
""")
_MESSAGES = Statement("SELECT row_to_json(message) FROM message WHERE id = ANY($1::bigint[])")
_FILES = Statement("SELECT row_to_json(attachment) FROM attachment WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE")
_FILES_OF = Statement(
    "SELECT row_to_json(attachment) FROM attachment WHERE message_id = ANY($1::bigint[]) ORDER BY message_id, position"
)
_ATTACH = Statement("""
    UPDATE attachment SET message_id = new.message_id, position = new.position
    FROM unnest($1::bigint[], $2::bigint[], $3::smallint[]) AS new (id, message_id, position)
    WHERE attachment.id = new.id
""")
_KEEP = Statement("""
    WITH counted AS (
        UPDATE conversation
        SET last_seq = moved.seq, version = moved.version, active_at = $1::timestamptz, active_slot = $9::bigint
        FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS moved (id, seq, version)
        WHERE conversation.id = moved.id
    ), marked AS (
        UPDATE membership SET last_read_seq = moved.read, seen_seq = moved.seen
        FROM unnest($5::bigint[], $6::bigint[], $7::bigint[], $10::bigint[])
            AS moved (conversation_id, user_id, read, seen)
        WHERE membership.conversation_id = moved.conversation_id AND membership.user_id = moved.user_id
    )
    INSERT INTO message
        (conversation_id, seq, version, kind, sender_id, client_id, body, created_at, reply_to_seq, attachment_count)
    SELECT new.* FROM json_to_recordset($8::json) AS new (
        conversation_id bigint, seq bigint, version bigint, kind text, sender_id bigint, client_id text, body text,
        created_at timestamptz, reply_to_seq bigint, attachment_count smallint
    )
    RETURNING conversation_id, seq, id
""")


class PipelinedMessageRows:
    """One transaction's reading and writing."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def read(self, drafts: Sequence[Draft]) -> Facts:
        """Lock the conversations, then read what is decided by."""
        conversation_ids = {draft.conversation_id for draft in drafts}
        members = {(draft.conversation_id, draft.sender_id) for draft in drafts}
        logins = {draft.login_id for draft in drafts if draft.login_id is not None}
        files = {attachment_id for draft in drafts for attachment_id in draft.attachment_ids}
        locked, facts, *named = self._transaction.run(
            (_LOCK, [_array(conversation_ids)]),
            (
                _FACTS,
                [
                    _array(conversation_id for conversation_id, _ in members),
                    _array(user_id for _, user_id in members),
                    _array(logins),
                    _array(draft.client_id for draft in drafts),
                ],
            ),
            *([(_FILES, [_array(files)])] if files else []),
        )
        earlier = [row[1] for row in facts if row[0] == _EARLIER and row[1]]
        return Facts(
            {_int(row[0]): (_int(row[1]), _int(row[2])) for row in locked},
            {_int(row[0]): _int(row[3]) for row in locked},
            {(_int(row[1]), _int(row[2])): (_int(row[3]), _int(row[4])) for row in facts if row[0] == _MEMBER},
            {_int(row[1]) for row in facts if row[0] == _ENDED},
            self._earlier_messages(earlier) if earlier else [],
            {file.id: file for rows in named for file in map(_file, rows)},
        )

    def keep(self, new: Sequence[Stored], counters: Counters, marks: Marks, moment: datetime) -> None:
        """Insert the messages, which get their ids; move counters and read marks; commit."""
        keep = (
            _KEEP,
            [
                (iso(moment) or "").encode(),
                _array(counters),
                _array(seq for seq, _ in counters.values()),
                _array(version for _, version in counters.values()),
                _array(conversation_id for conversation_id, _ in marks),
                _array(user_id for _, user_id in marks),
                _array(read for read, _ in marks.values()),
                orjson_codec.dumps_bytes(new),  # what is no column is ignored
                str(slot_of(moment)).encode(),
                _array(seen for _, seen in marks.values()),
            ],
        )
        has_files = any(stored.attachments for stored in new)
        (rows,) = self._transaction.run(keep) if has_files else self._transaction.run_and_commit(keep)
        ids = {(_int(row[0]), _int(row[1])): _int(row[2]) for row in rows}
        for stored in new:
            stored.id = ids[stored.conversation_id, stored.seq]
        if has_files:
            self._attach(new)

    def _attach(self, new: Sequence[Stored]) -> None:
        placed = [(file["id"], stored.id, place) for stored in new for place, file in enumerate(stored.attachments)]
        self._transaction.run_and_commit((_ATTACH, [_array(column) for column in zip(*placed, strict=True)]))

    def _earlier_messages(self, ids: Sequence[bytes]) -> list[Stored]:
        (rows,) = self._transaction.run((_MESSAGES, [b"{" + b",".join(ids) + b"}"]))
        found = [_stored(orjson_codec.loads(row[0] or b"")) for row in rows]
        having = {stored.id: stored for stored in found if stored.attachment_count}
        if having:
            (rows,) = self._transaction.run((_FILES_OF, [_array(having)]))
            for file in map(_file, rows):
                having[file.message_id].attachments.append(attachment_wire(file))
        return found


def _stored(columns: dict[str, Any]) -> Stored:
    for name in ("created_at", "edited_at", "deleted_at"):
        columns[name] = columns[name] and datetime.fromisoformat(columns[name])
    return Stored(**columns, is_new=False)


def _file(row: Sequence[bytes | None]) -> SimpleNamespace:
    return SimpleNamespace(**orjson_codec.loads(row[0] or b""))


def _array(values: Iterable[int | str]) -> bytes:
    """Numbers, or strings of letters, digits and dashes, as PostgreSQL writes an array."""
    return ("{" + ",".join(map(str, values)) + "}").encode()


def _int(value: bytes | None) -> int:
    return int(value or 0)
