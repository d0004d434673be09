"""Conversations: their counters, and the keys by which they are found again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chatapp.extensions import Base, db
from chatapp.lib.clock import now
from chatapp.lib.text import fold
from chatapp.models.types import BigInt, Id, Moment


class Conversation(Base):
    """``last_seq`` numbers the messages, ``version`` every change; both are dense.

    ``active_at`` only orders lists; nothing catches up by it. ``active_slot`` says coarsely when the ``version`` moved
    last, which a deletion does too, and is indexed: an index on what changes with each message would cost more than
    the message.

    ``members_version`` is the version of the last change of who is in it, ``member_key`` stands for exactly those
    who are in a group, ``creation_key`` for the request that made it.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        CheckConstraint("kind IN ('direct', 'group')", name="kind_known"),
        CheckConstraint("(kind = 'direct') = (pair_key IS NOT NULL)", name="pair_key_of_direct"),
        CheckConstraint("last_seq >= 0 AND version >= last_seq", name="counters_sane"),
        Index("ix_conversation_active_slot", "active_slot"),
        Index("ix_conversation_member_key", "member_key"),
        Index("uq_conversation_creation_key", "creation_key", unique=True),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(8))
    title: Mapped[str | None] = mapped_column(String(128))
    title_key: Mapped[str | None] = mapped_column(String(300))  # one character may fold to three
    pair_key: Mapped[str | None] = mapped_column(String(48), unique=True)
    last_seq: Mapped[int] = mapped_column(BigInt, default=0)
    version: Mapped[int] = mapped_column(BigInt, default=0)
    created_at: Mapped[Moment] = mapped_column(default=now)
    active_at: Mapped[Moment] = mapped_column(default=now)
    active_slot: Mapped[int] = mapped_column(BigInt, default=lambda: slot_of(now()), server_default="0")
    member_count: Mapped[int] = mapped_column(default=0, server_default="0")
    members_version: Mapped[int] = mapped_column(BigInt, default=0, server_default="0")
    member_key: Mapped[str | None] = mapped_column(String(64))
    creation_key: Mapped[str | None] = mapped_column(String(64))

    def rename(self, title: str | None) -> None:
        """Set the title and what it is searched by."""
        self.title = title
        self.title_key = fold(title) if title else None

    @staticmethod
    def key_of_members(user_ids: Iterable[int]) -> str:
        """The ``member_key`` of a group of exactly these."""
        return hashlib.sha256(",".join(map(str, sorted(user_ids))).encode()).hexdigest()

    @staticmethod
    def key_of_pair(one: int, other: int) -> str:
        """The unique key of the direct conversation of two people, whoever asks."""
        return f"{min(one, other)}:{max(one, other)}"

    @classmethod
    def direct_between(cls, one: int, other: int) -> Conversation | None:
        """The direct conversation of two people, if there is one."""
        return db.session.scalar(db.select(cls).where(cls.pair_key == cls.key_of_pair(one, other)))

    @classmethod
    def members_version_of(cls, conversation_id: int) -> int:
        """The ``members_version``; read before who is in it, so that it never claims more than was seen."""
        return db.session.scalar(db.select(cls.members_version).where(cls.id == conversation_id)) or 0

    @classmethod
    def size_of(cls, conversation_id: int) -> tuple[int, int]:
        """(members_version, how many are in it)."""
        statement = db.select(cls.members_version, cls.member_count).where(cls.id == conversation_id)
        row = db.session.execute(statement).first()
        return (row.members_version, row.member_count) if row else (0, 0)


def slot_of(moment: datetime) -> int:
    """The ``active_slot`` of a moment: tens of seconds since 1970."""
    return int(moment.timestamp()) // 10
