"""Who belongs to which conversation, and how far they have read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chatapp.extensions import Base, db
from chatapp.lib.clock import now
from chatapp.models.conversation import Conversation
from chatapp.models.types import BigInt, Moment, UtcDateTime


class Membership(Base):
    """A row stays when its member leaves (``left_at``): it remembers how far they had read."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'member')", name="role_known"),
        CheckConstraint("notify IN ('all', 'mentions', 'nothing')", name="notify_known"),
        Index("ix_membership_user_id", "user_id", "left_at"),
    )

    conversation_id: Mapped[int] = mapped_column(
        BigInt, ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(8), default="member")
    last_read_seq: Mapped[int] = mapped_column(BigInt, default=0)
    visible_from_seq: Mapped[int] = mapped_column(BigInt, default=1)
    notify: Mapped[str] = mapped_column(String(8), default="all")
    joined_at: Mapped[Moment] = mapped_column(default=now)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @classmethod
    def current(cls, conversation_id: int, user_id: int, *, lock: bool = False) -> Membership | None:
        """The membership, unless there is none or it has ended; ``lock`` as ``transaction.locked`` does."""
        how = {"key_share": True} if lock else None
        membership = db.session.get(cls, (conversation_id, user_id), with_for_update=how)
        return membership if membership and membership.left_at is None else None

    @classmethod
    def conversations_of(cls, user_id: int) -> list[tuple[int, int]]:
        """(id, version) of each conversation that someone is in."""
        statement = (
            db.select(Conversation.id, Conversation.version)
            .join(cls, cls.conversation_id == Conversation.id)
            .where(cls.user_id == user_id, cls.left_at.is_(None))
        )
        return [(row.id, row.version) for row in db.session.execute(statement)]
