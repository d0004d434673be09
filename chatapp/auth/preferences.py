"""One's own settings: what pages read and change, and tell one's other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatapp.models import User
from chatapp.models.transaction import locked, write
from chatapp.realtime import broadcasts, presence

_PLAIN = ("shares_reads", "shares_presence", "time_zone", "push_shows_text")
_TIMES = ("quiet_from", "quiet_until")


def of(user: User) -> dict[str, Any]:
    """All of a person's settings, as docs/protocol.md has them; times of the day are ``HH:MM``."""
    plain = {name: getattr(user, name) for name in _PLAIN}
    return plain | {name: _clock(getattr(user, name)) for name in _TIMES}


def change(user: User, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Set some of them, all or none; returns all as they are then. Their values have been checked."""
    with write():
        row = locked(user)
        for name, value in wanted.items():
            setattr(row, name, _minutes(value) if name in _TIMES else value)
    account = of(user)
    broadcasts.account_changed(user.id, {name: account[name] for name in wanted})
    if "shares_presence" in wanted:
        presence.set_sharing(user.id, shares=account["shares_presence"])
    return account


def _clock(minutes: int | None) -> str | None:
    return None if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"


def _minutes(clock: str | None) -> int | None:
    if clock is None:
        return None
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
