"""Where a browser can be reached while it has no page open: a Web Push subscription (RFC 8030)."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from chatapp.extensions import Base
from chatapp.lib.clock import now
from chatapp.models.types import BigInt, Id, Moment, UtcDateTime


class PushSubscription(Base):
    """One browser's. It belongs to a log-in, and is worth nothing once that has ended.

    ``p256dh`` and ``auth`` are the browser's key and secret of RFC 8291, base64url. Nothing is sent before
    ``paused_until``.
    """

    __tablename__ = "push_subscription"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("user.id", ondelete="CASCADE"), index=True)
    login_id: Mapped[int] = mapped_column(BigInt, ForeignKey("login.id", ondelete="CASCADE"), index=True)
    endpoint: Mapped[str] = mapped_column(String(2048))
    endpoint_hash: Mapped[str] = mapped_column(String(64), unique=True)
    p256dh: Mapped[str] = mapped_column(String(128))
    auth: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Moment] = mapped_column(default=now)
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0, server_default="0")

    @staticmethod
    def hash_endpoint(endpoint: str) -> str:
        """By what an endpoint is found: too long for an index itself."""
        return hashlib.sha256(endpoint.encode()).hexdigest()
