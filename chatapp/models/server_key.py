"""Keys that this installation made for itself, shared by all its workers."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from chatapp.extensions import Base


class ServerKey(Base):
    """A key by name."""

    __tablename__ = "server_key"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
