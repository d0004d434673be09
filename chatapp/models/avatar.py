"""Pictures of people: small, and in the database, so that all workers and forgetful disks have them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from chatapp.extensions import Base
from chatapp.models.types import BigInt


class Avatar(Base):
    """One person's picture, a square WebP; ``User.avatar_hash`` names it."""

    __tablename__ = "avatar"

    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    image: Mapped[bytes] = mapped_column(LargeBinary)
