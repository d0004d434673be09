"""Log-ins: begun, checked at each request and connection, and ended at once everywhere."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from typing import Any

from flask_login import UserMixin

from chatapp.extensions import db, login_manager
from chatapp.lib.clock import now
from chatapp.lib.text import cut
from chatapp.models import Login, User
from chatapp.models.login import idle_since, oldest_start
from chatapp.models.transaction import DATABASE_AWAY, locked, write
from chatapp.realtime import broadcasts

log = logging.getLogger(__name__)
_TOUCH_EVERY = timedelta(minutes=10)
SHOWN_MAX = 100


class Current(UserMixin):
    """What ``flask_login.current_user`` is: a live log-in and its person."""

    def __init__(self, login: Login, token: str) -> None:
        self.login = login
        self.user = login.user
        self.token = token

    def get_id(self) -> str:
        return self.token


@login_manager.user_loader
def resume(token: str) -> Current | None:
    """The log-in that a cookie names, if it still counts for anything."""
    login = Login.by_token(token)
    if login is None or login.ended_at is not None or not login.user.is_active or _has_expired(login):
        return None
    _touch(login)
    return Current(login, token)


def begin(user: User, device: str, address: str) -> Current | None:
    """A new log-in of ``user``, whose password has just been checked. The token goes into the cookie, its hash
    into the row. None when the password was changed, or the account closed, since it was checked."""
    token = secrets.token_urlsafe(32)
    checked_hash = user.password_hash
    with write():
        locked(user)
        if not user.is_active or user.password_hash != checked_hash:
            return None
        login = Login(token_hash=Login.hash_token(token), device=cut(device, 256), address=cut(address, 64), user=user)
        db.session.add(login)
    log.info("login begun user=%s login=%s", user.id, login.id)
    return Current(login, token)


def end(reason: str, *, user_id: int | None = None, login_id: int | None = None, keep_id: int | None = None) -> int:
    """End one log-in, or all of a person (but ``keep_id``); returns how many.

    Their sockets hear ``signed_out`` and are closed: here at once, on other workers when they next look.
    """
    with write():
        ended = mark_ended(reason, user_id=user_id, login_id=login_id, keep_id=keep_id)
    broadcast_ended(ended, reason)
    return len(ended)


def live_of(user_id: int) -> list[Login]:
    """Somebody's log-ins that still count, the last used first; SHOWN_MAX at most."""
    conditions = (
        Login.user_id == user_id,
        Login.ended_at.is_(None),
        Login.last_used_at >= idle_since(),
        Login.created_at >= oldest_start(),
    )
    newest_first = Login.last_used_at.desc(), Login.id.desc()
    return list(db.session.scalars(db.select(Login).where(*conditions).order_by(*newest_first).limit(SHOWN_MAX)))


def mark_ended(
    reason: str, *, user_id: int | None = None, login_id: int | None = None, keep_id: int | None = None
) -> list[int]:
    """The part of ``end`` that goes into the caller's transaction; returns the ids that were live."""
    conditions: list[Any] = [Login.ended_at.is_(None)]
    if user_id is not None:
        conditions.append(Login.user_id == user_id)
    if login_id is not None:
        conditions.append(Login.id == login_id)
    if keep_id is not None:
        conditions.append(Login.id != keep_id)
    # In one statement: of two that end the same log-in, one does.
    ending = db.update(Login).where(*conditions).values(ended_at=now(), end_reason=reason)
    return list(db.session.scalars(ending.returning(Login.id)))


def broadcast_ended(login_ids: list[int], reason: str) -> None:
    """The part of ``end`` that comes after the commit."""
    for login_id in login_ids:
        log.info("login ended login=%s reason=%s", login_id, reason)
        broadcasts.signed_out(login_id, reason)


def _has_expired(login: Login) -> bool:
    return login.last_used_at < idle_since() or login.created_at < oldest_start()


def _touch(login: Login) -> None:
    moment = now()
    if moment - login.last_used_at < _TOUCH_EVERY:
        return
    try:
        with write():
            login.last_used_at = moment
            login.user.last_seen_at = moment
    except DATABASE_AWAY:
        # Only a note of when; a database that is busy right now is no reason to refuse the page.
        log.warning("could not note the use of login=%s", login.id)
