"""By what people are found."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, exists
from sqlalchemy.orm import Mapped, mapped_column

from chatapp.extensions import Base
from chatapp.models.types import BigInt, sorted_text

# Sorts after everything that can follow in a name.
END = "\U0010ffff"


class NameStart(Base):
    """What a search for a person may begin with: the username, and the display name from each of its words on.

    So the beginning of any word is found by a range of the first index; LIKE '% word%' would read everybody.
    """

    __tablename__ = "name_start"
    __table_args__ = (Index("ix_name_start_user_id_start", "user_id", "start"),)

    start: Mapped[str] = mapped_column(sorted_text(256), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)

    @classmethod
    def is_of(cls, user_id: Any, wanted: str) -> ColumnElement[bool]:
        """Whether a person (a column) has a start that begins with ``wanted``, in folded form."""
        begins = and_(cls.start >= wanted, cls.start < wanted + END)
        return exists().where(cls.user_id == user_id, begins)

    @staticmethod
    def of(username: str, sort_key: str) -> set[str]:
        """All of them, of one person."""
        words = sort_key.split(" ")
        return {username.lower(), *(" ".join(words[place:]) for place in range(len(words)))}
