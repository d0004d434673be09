"""Deleted messages whose text is still there, for as long as that can be undone."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from chatapp.extensions import Base
from chatapp.models.types import BigInt, Moment


class Deletion(Base):
    """The row goes when the deletion is undone, or when the text has gone."""

    __tablename__ = "deletion"

    message_id: Mapped[int] = mapped_column(BigInt, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    purge_at: Mapped[Moment] = mapped_column(index=True)
