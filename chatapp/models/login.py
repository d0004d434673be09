"""Log-ins: one row for each, named by the cookie through a token of which only the hash is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chatapp.extensions import Base, db
from chatapp.lib.clock import now
from chatapp.models.types import BigInt, Id, Moment, UtcDateTime
from chatapp.models.user import User

_HAS_ENDED = text("ended_at IS NOT NULL")


class Login(Base):
    """One browser's log-in. Ended ones are kept, and worth nothing."""

    __tablename__ = "login"
    __table_args__ = (
        Index("ix_login_user_id_ended_at", "user_id", "ended_at"),
        # Which ended lately is asked all the time; those that live are not in it.
        Index("ix_login_ended_at", "ended_at", postgresql_where=_HAS_ENDED, sqlite_where=_HAS_ENDED),
    )

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
    def ended_among(cls, login_ids: Sequence[int]) -> list[tuple[int, str]]:
        """(id, reason) of those that were ended or have run out."""
        has_ended = cls.ended_at.is_not(None) | (cls.last_used_at < idle_since()) | (cls.created_at < oldest_start())
        rows = db.session.execute(db.select(cls.id, cls.end_reason).where(cls.id.in_(login_ids), has_ended))
        return [(row.id, row.end_reason or "expired") for row in rows]

    @classmethod
    def ended_since(cls, moment: datetime) -> list[tuple[int, str]]:
        """(id, reason) of those that were ended since then."""
        rows = db.session.execute(db.select(cls.id, cls.end_reason).where(cls.ended_at >= moment))
        return [(row.id, row.end_reason or "expired") for row in rows]

    @classmethod
    def touch(cls, login_ids: Sequence[int]) -> None:
        """Note that these are in use, in the caller's transaction; not those that another one is changing."""
        live = db.select(cls.id).where(cls.id.in_(login_ids), cls.ended_at.is_(None))
        free = live.order_by(cls.id).with_for_update(skip_locked=True, of=cls)
        db.session.execute(
            db.update(cls).where(cls.id.in_(free)).values(last_used_at=now()),
            execution_options={"synchronize_session": False},
        )


def idle_since() -> datetime:
    """A log-in not used since then has run out."""
    return now() - timedelta(days=current_app.config["LOGIN_IDLE_DAYS"])


def oldest_start() -> datetime:
    """A log-in begun before then has run out, however much it is used."""
    return now() - timedelta(days=current_app.config["LOGIN_MAX_DAYS"])
