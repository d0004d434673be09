"""That somebody's name or picture has changed: what a page that was away asks for."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from chatapp.extensions import Base
from chatapp.lib.clock import now
from chatapp.models.types import BigInt, Id, Moment


class UserChange(Base):
    """One row for each change; only the newest of a person is kept, in the transaction that adds it.

    The new row first: SQLite would give its number once more after the highest one was deleted.
    """

    __tablename__ = "user_change"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("user.id", ondelete="CASCADE"), index=True)
    changed_at: Mapped[Moment] = mapped_column(default=now)
