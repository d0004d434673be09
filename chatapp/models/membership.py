"""Who belongs to which conversation, and how far they have read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chatapp.extensions import Base, db
from chatapp.lib.clock import now
from chatapp.models.conversation import Conversation
from chatapp.models.types import BigInt, Moment, UtcDateTime
from chatapp.models.user import User


class Membership(Base):
    """A row stays when its member leaves (``left_at``).

    ``last_read_seq`` is one's own mark and may go back; ``seen_seq`` is how far the others may know it to have been,
    and never does. A ``shelf`` counts until the conversation moves beyond ``shelved_seq``. ``notified_seq`` is the
    newest message that a push told of, while that may still stand in somebody's notifications.
    """

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
    seen_seq: Mapped[int] = mapped_column(BigInt, default=0, server_default="0")
    shelf: Mapped[str | None] = mapped_column(String(8))
    shelved_seq: Mapped[int] = mapped_column(BigInt, default=0, server_default="0")
    notified_seq: Mapped[int | None] = mapped_column(BigInt)

    def shelf_in(self, conversation: Conversation) -> str | None:
        """The shelf it lies on, if it still does."""
        return self.shelf if conversation.last_seq <= self.shelved_seq else None

    @classmethod
    def current(cls, conversation_id: int, user_id: int, *, lock: bool = False) -> Membership | None:
        """The membership, unless there is none or it has ended; ``lock`` as ``transaction.locked`` does."""
        how = {"key_share": True} if lock else None
        membership = db.session.get(cls, (conversation_id, user_id), with_for_update=how)
        return membership if membership and membership.left_at is None else None

    @classmethod
    def conversations_of(cls, user_id: int) -> list[tuple[int, int, int]]:
        """(id, version, members_version) of each conversation that someone is in."""
        statement = (
            db.select(Conversation.id, Conversation.version, Conversation.members_version)
            .join(cls, cls.conversation_id == Conversation.id)
            .where(cls.user_id == user_id, cls.left_at.is_(None))
        )
        return [tuple(row) for row in db.session.execute(statement)]

    @classmethod
    def present_in(cls, conversation_id: int) -> set[int]:
        """The ids of those who are in a conversation."""
        statement = db.select(cls.user_id).where(cls.conversation_id == conversation_id, cls.left_at.is_(None))
        return set(db.session.scalars(statement))

    @classmethod
    def active_in(cls, conversation_id: int, role: str | None = None) -> set[int]:
        """The ids of those who are in a conversation, with that role, and whose accounts are not deactivated."""
        statement = db.select(cls.user_id).join(User, User.id == cls.user_id)
        statement = statement.where(cls.conversation_id == conversation_id, cls.left_at.is_(None), User.is_active)
        return set(db.session.scalars(statement if role is None else statement.where(cls.role == role)))
