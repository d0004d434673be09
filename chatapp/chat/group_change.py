"""One change of a group: its lock, its line in the history, and who is told of it afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from chatapp.chat import conversation_views
from chatapp.extensions import db
from chatapp.lib.clock import now
from chatapp.lib.errors import ChatError, not_found
from chatapp.lib.orjson_codec import dumps_bytes
from chatapp.models import Conversation, Membership, Message, User
from chatapp.models.conversation import slot_of
from chatapp.models.transaction import write
from chatapp.realtime import broadcasts
from chatapp.realtime.rooms import Place
from chatapp.realtime.wire import message_wire


class GroupChange:
    """What is done to a group that is locked, by one of its members."""

    def __init__(self, conversation: Conversation, actor: User, membership: Membership) -> None:
        self.conversation = conversation
        self.actor = actor
        self.membership = membership
        self._line: Message | None = None
        self._added: list[int] = []
        self._removed: list[int] = []

    def may_manage(self) -> bool:
        """Whether the actor is an owner, or there is no active owner left who could be asked."""
        return self.membership.role == "owner" or not self._owners()

    def is_only_owner(self, user_id: int) -> bool:
        """Whether somebody is the only one who owns it."""
        return self._owners() == {user_id}

    def has_others(self) -> bool:
        """Whether anybody would be left who could own it."""
        return bool(Membership.active_in(self.conversation.id) - {self.actor.id})

    def write_line(self, body: str) -> None:
        """Put what happens into the history. Before members are added or removed: theirs is what comes next."""
        conversation = self.conversation
        conversation.last_seq += 1
        conversation.version += 1
        conversation.active_at = now()
        conversation.active_slot = slot_of(conversation.active_at)
        self._line = Message(
            conversation_id=conversation.id,
            seq=conversation.last_seq,
            version=conversation.version,
            kind="system",
            sender_id=self.actor.id,
            client_id=str(uuid.uuid4()),
            body=body,
            created_at=conversation.active_at,
        )
        db.session.add(self._line)
        before = conversation.last_seq - 1
        if self.membership.last_read_seq == before:  # as when one sends a message
            self.membership.last_read_seq = conversation.last_seq
        if self.membership.seen_seq == before:
            self.membership.seen_seq = conversation.last_seq

    def add(self, user_ids: list[int], visible_from_seq: int, role: str = "member") -> None:
        """Take people in, who have everything up to now behind them."""
        conversation = self.conversation
        was_there = Membership.conversation_id == conversation.id, Membership.user_id.in_(user_ids)
        earlier = {row.user_id: row for row in db.session.scalars(select(Membership).where(*was_there))}
        for user_id in user_ids:
            membership = earlier.get(user_id) or Membership(conversation_id=conversation.id, user_id=user_id)
            db.session.add(membership)
            membership.role = role
            membership.left_at = None
            membership.joined_at = conversation.active_at
            membership.visible_from_seq = visible_from_seq
            membership.last_read_seq = conversation.last_seq
            # Whoever makes the group wrote its first line; nobody else has seen anything that could be known.
            membership.seen_seq = conversation.last_seq if user_id == self.actor.id else 0
            membership.shelf = None
        self._added += user_ids
        self._count()

    def remove(self, membership: Membership) -> None:
        """Let somebody go."""
        membership.left_at = now()
        membership.role = "member"
        self._removed.append(membership.user_id)
        self._count()

    def tell(self) -> None:
        """After the commit: whoever went hears nothing more, whoever came is let in before the line is said."""
        if self._line is None:
            return
        conversation = self.conversation
        place = Place(conversation.id, self._line.version, conversation.members_version)
        for user_id in self._removed:
            broadcasts.conversation_removed(user_id, conversation.id)
        for user_id, view in conversation_views.views_for(conversation.id, self._added).items():
            broadcasts.conversation_added(user_id, place, view)
        broadcasts.message_created(place, dumps_bytes(message_wire(self._line)))
        broadcasts.conversation_changed(place, conversation_views.shared_by_all(conversation.id, place.version))

    def _count(self) -> None:
        db.session.flush()
        conversation = self.conversation
        present = Membership.present_in(conversation.id)
        conversation.member_count = len(present)
        conversation.member_key = Conversation.key_of_members(present)
        conversation.members_version = conversation.version

    def _owners(self) -> set[int]:
        return Membership.active_in(self.conversation.id, role="owner")


@contextmanager
def changing(actor_id: int, conversation_id: int) -> Iterator[GroupChange]:
    """Lock a group for one of its members, change it, commit, tell. ``not_found`` for all others."""
    with write():
        conversation = db.session.get(Conversation, conversation_id, with_for_update={"key_share": True})
        membership = Membership.current(conversation_id, actor_id, lock=True) if conversation else None
        if conversation is None or membership is None:
            raise not_found()
        if conversation.kind != "group":
            raise ChatError("forbidden", "This is a conversation of two. Make a group for more.")
        change = GroupChange(conversation, db.session.get_one(User, actor_id), membership)
        yield change
    change.tell()
