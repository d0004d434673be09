"""Messages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chatapp.extensions import Base
from chatapp.models.types import BigInt, Id, Moment, UtcDateTime


class Message(Base):
    """``seq`` places it in its conversation, ``client_id`` makes a retry harmless,
    ``version`` dates its last change."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("client_id", "sender_id"),  # in this order, so that retries are found by client_id alone
        Index("uq_message_conversation_id_version", "conversation_id", "version", unique=True),
        CheckConstraint("kind IN ('text', 'system')", name="kind_known"),
        CheckConstraint("seq >= 1 AND version >= seq", name="numbers_sane"),
    )

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(BigInt, ForeignKey("conversation.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(BigInt)
    version: Mapped[int] = mapped_column(BigInt)
    kind: Mapped[str] = mapped_column(String(8))
    sender_id: Mapped[int] = mapped_column(BigInt, ForeignKey("user.id"))
    client_id: Mapped[str] = mapped_column(String(36))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[Moment]
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply_to_seq: Mapped[int | None] = mapped_column(BigInt)
    attachment_count: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
