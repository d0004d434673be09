"""Files that were uploaded, and objects of the storage that are to go."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from chatapp.extensions import Base
from chatapp.lib.clock import now
from chatapp.models.types import BigInt, Id, Moment


class Attachment(Base):
    """One file. ``message_id`` is null until it is sent; ``position`` is its place in the message.

    ``key`` is in its address and names its objects in the storage (``files/storage.py``). ``size`` is what is kept,
    after a picture was encoded anew; ``thumbnail_size`` is null where there is none.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("kind IN ('image', 'video', 'audio', 'file')", name="kind_known"),
        Index("ix_attachment_message_id", "message_id", "position"),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(40), unique=True)
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("user.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("message.id"))
    position: Mapped[int] = mapped_column(SmallInteger, default=0)
    name: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(8))
    content_type: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInt)
    thumbnail_size: Mapped[int | None] = mapped_column(BigInt)
    width: Mapped[int | None]
    height: Mapped[int | None]
    is_animated: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Moment] = mapped_column(default=now)


class FileRemoval(Base):
    """An object of the storage that is to go: from before it is put there until a row says that it is needed, and
    from when no row does any more until it is gone."""

    __tablename__ = "file_removal"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    due_at: Mapped[Moment] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
