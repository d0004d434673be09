"""Deciding what becomes of messages that are to be saved together; how their rows are read and kept is told it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from chatapp.lib.clock import now
from chatapp.lib.errors import ChatError, login_ended, not_found
from chatapp.realtime.wire import attachment_wire


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
    attachment_ids: tuple[int, ...] = ()


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
    attachment_count: int = 0
    attachments: list[dict[str, Any]] = field(default_factory=list)  # as they go over the wire
    is_new: bool = True
    members_version: int = 0  # of the conversation, when this was saved


Outcome = Stored | ChatError
Counters = dict[int, tuple[int, int]]  # conversation -> (last_seq, version)
Versions = dict[int, int]  # conversation -> members_version
Marks = dict[tuple[int, int], tuple[int, int]]  # (conversation, person) -> (last_read_seq, seen_seq)


class Facts(NamedTuple):
    """What is decided by. ``members`` are present ones; ``earlier`` have a client_id that is among the drafts';
    ``files`` are those that drafts name, as rows."""

    counters: Counters
    members_versions: Versions
    members: Marks
    ended_logins: set[int]
    earlier: list[Stored]
    files: dict[int, Any]


class Rows(Protocol):
    """One transaction's reading and writing."""

    def read(self, drafts: Sequence[Draft]) -> Facts:
        """Lock the conversations first, in order of id; read all else by later statements, so that no racing
        sender, retry or removal can slip in between the reading and the numbering."""

    def keep(self, new: Sequence[Stored], counters: Counters, marks: Marks, moment: datetime) -> None:
        """Insert the messages, which get their ids, and give them their files; move counters and read marks. All of
        it is at ``moment``."""


def save_batch(rows: Rows, drafts: Sequence[Draft]) -> list[Outcome]:
    """An outcome for each draft, in order. A refused one does not disturb the others."""
    batch = _Batch(rows.read(drafts))
    outcomes = [batch.decide(draft) for draft in drafts]
    if batch.new:
        rows.keep(batch.new, batch.moved_counters, batch.moved_marks, batch.moment)
    return outcomes


class _Batch:
    def __init__(self, facts: Facts) -> None:
        self._counters, self._members_versions, self._members, self._ended, earlier, self._files = facts
        self._known = {(stored.sender_id, stored.client_id): stored for stored in earlier}
        self.moment = now()
        self.new: list[Stored] = []
        self.moved_counters: Counters = {}
        self.moved_marks: Marks = {}

    def decide(self, draft: Draft) -> Outcome:
        if draft.login_id in self._ended:
            return login_ended()
        earlier = self._known.get((draft.sender_id, draft.client_id))
        if earlier:
            return _answer_retry(draft, earlier)
        if (draft.conversation_id, draft.sender_id) not in self._members:
            return not_found()
        if draft.reply_to_seq and draft.reply_to_seq > self._counters[draft.conversation_id][0]:
            return ChatError("bad_request", "reply_to_seq: there is no such message.")
        if draft.attachment_ids and not self._has_files(draft):
            return ChatError("not_found", "One of the files is not there any more, or was sent already.")
        return self._number(draft)

    def _has_files(self, draft: Draft) -> bool:
        """Whether they are the sender's, and not sent yet."""
        files = [self._files.get(attachment_id) for attachment_id in draft.attachment_ids]
        return all(file and file.user_id == draft.sender_id and file.message_id is None for file in files)

    def _number(self, draft: Draft) -> Stored:
        seq, version = (counter + 1 for counter in self._counters[draft.conversation_id])
        self._counters[draft.conversation_id] = self.moved_counters[draft.conversation_id] = (seq, version)
        stored = Stored(
            conversation_id=draft.conversation_id,
            seq=seq,
            version=version,
            sender_id=draft.sender_id,
            client_id=draft.client_id,
            body=draft.body,
            created_at=draft.created_at or self.moment,
            reply_to_seq=draft.reply_to_seq,
            attachment_count=len(draft.attachment_ids),
            attachments=[attachment_wire(self._files.pop(attachment_id)) for attachment_id in draft.attachment_ids],
            members_version=self._members_versions[draft.conversation_id],
        )
        member = (draft.conversation_id, draft.sender_id)
        read, seen = self._members[member]
        if seq - 1 in (read, seen):  # nothing unread lay before it; so those who know the one mark can tell
            marks = (seq if read == seq - 1 else read, seq if seen == seq - 1 else seen)
            self._members[member] = self.moved_marks[member] = marks
        self._known[draft.sender_id, draft.client_id] = stored
        self.new.append(stored)
        return stored


def _answer_retry(draft: Draft, earlier: Stored) -> Outcome:
    same_place = earlier.conversation_id == draft.conversation_id
    # An edit or a deletion since then is no conflict: the retry is of the message as it was first sent.
    same_text = earlier.body == draft.body or earlier.edited_at is not None or earlier.deleted_at is not None
    files = tuple(attachment["id"] for attachment in earlier.attachments)
    same_files = files == draft.attachment_ids or earlier.deleted_at is not None
    if same_place and same_text and same_files and earlier.reply_to_seq == draft.reply_to_seq:
        return earlier
    return ChatError("conflict", "This client_id was used for another message.")
