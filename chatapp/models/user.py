"""Accounts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, case, func, literal, or_, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chatapp.extensions import Base, db
from chatapp.lib.clock import now
from chatapp.lib.text import fold
from chatapp.models.name_start import NameStart
from chatapp.models.types import Id, Moment, UtcDateTime, sorted_text

USERNAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
DISPLAY_NAME_MAX = 64


class User(Base):
    """A person with an account. Usernames are unique without regard to case.

    ``time_zone`` is a name of the IANA database; None: never told. ``quiet_from`` and ``quiet_until`` are minutes of
    the day there.
    """

    __tablename__ = "user"
    __table_args__ = (
        # ASCII only (USERNAME_PATTERN), so lower() means the same on every database.
        Index("uq_user_username_lower", text("lower(username)"), unique=True),
        Index("ix_user_sort_key_id", "sort_key", "id"),
        CheckConstraint("length(username) > 0", name="username_not_empty"),
    )

    id: Mapped[Id]
    username: Mapped[str] = mapped_column(sorted_text(32))
    display_name: Mapped[str] = mapped_column(String(DISPLAY_NAME_MAX))
    sort_key: Mapped[str] = mapped_column(sorted_text(256))
    password_hash: Mapped[str] = mapped_column(String(256))
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Moment] = mapped_column(default=now)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    shares_reads: Mapped[bool] = mapped_column(default=True, server_default=true())
    avatar_hash: Mapped[str | None] = mapped_column(String(32))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    shares_presence: Mapped[bool] = mapped_column(default=True, server_default=true())
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)
    quiet_until: Mapped[int | None] = mapped_column(SmallInteger)
    push_shows_text: Mapped[bool] = mapped_column(default=True, server_default=true())

    starts: Mapped[list[NameStart]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    def rename(self, display_name: str) -> None:
        """Set the display name and what lists are sorted and searched by; the username is there already."""
        self.display_name = display_name
        self.sort_key = fold(display_name)
        self.starts = [NameStart(start=start) for start in NameStart.of(self.username, self.sort_key)]

    @classmethod
    def by_username(cls, username: str) -> User | None:
        """The account of that name, whatever its case; the name may be anything that came in."""
        if not USERNAME_PATTERN.fullmatch(username):
            return None
        statement = db.select(cls).where(func.lower(cls.username) == username.lower())
        return db.session.scalar(statement)

    @classmethod
    def note_seen(cls, moments: Mapping[int, datetime]) -> None:
        """Note when these were last here, in the caller's transaction; not of those whom another one is changing."""
        free = db.select(cls.id).where(cls.id.in_(moments)).order_by(cls.id)
        free = free.with_for_update(skip_locked=True, key_share=True, of=cls)
        moment = case({user_id: literal(at, UtcDateTime()) for user_id, at in moments.items()}, value=cls.id)
        db.session.execute(
            db.update(cls)
            .where(cls.id.in_(free), or_(cls.last_seen_at.is_(None), cls.last_seen_at < moment))
            .values(last_seen_at=moment),
            execution_options={"synchronize_session": False},
        )

    @classmethod
    def hiding_among(cls, user_ids: Sequence[int]) -> set[int]:
        """Those of these who do not want to be seen."""
        statement = db.select(cls.id).where(cls.id.in_(user_ids), ~cls.shares_presence)
        return set(db.session.scalars(statement))
