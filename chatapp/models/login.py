"""Log-ins: one row for each, named by the cookie through a token of which only the hash is kept."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chatapp.extensions import Base, db
from chatapp.lib.clock import now
from chatapp.models.types import BigInt, Id, Moment, UtcDateTime
from chatapp.models.user import User


class Login(Base):
    """One browser's log-in. Ended ones are kept, and worth nothing."""

    __tablename__ = "login"
    __table_args__ = (Index("ix_login_user_id_ended_at", "user_id", "ended_at"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("user.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(256))
    address: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Moment] = mapped_column(default=now)
    last_used_at: Mapped[Moment] = mapped_column(default=now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str | None] = mapped_column(String(32))

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    @staticmethod
    def hash_token(token: str) -> str:
        """What is stored of a token (256 random bits, so a plain hash will do)."""
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def by_token(cls, token: str) -> Login | None:
        """The log-in that a cookie names, ended or not."""
        return db.session.scalar(db.select(cls).where(cls.token_hash == cls.hash_token(token)))

    @classmethod
    def ended_among(cls, login_ids: list[int]) -> list[tuple[int, str]]:
        """(id, reason) of those that have ended."""
        rows = db.session.execute(
            db.select(cls.id, cls.end_reason).where(cls.id.in_(login_ids), cls.ended_at.is_not(None))
        )
        return [(row.id, row.end_reason or "ended") for row in rows]
