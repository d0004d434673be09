"""Accounts: the one place that makes and changes them, for pages and CLI alike."""

from __future__ import annotations

import logging

from sqlalchemy.exc import IntegrityError

from chatapp.auth import logins, passwords
from chatapp.extensions import db
from chatapp.lib.text import is_storable
from chatapp.models import User
from chatapp.models.transaction import locked, write
from chatapp.models.user import DISPLAY_NAME_MAX, USERNAME_PATTERN
from chatapp.realtime import broadcasts

log = logging.getLogger(__name__)


class AccountError(ValueError):
    """Why something was refused, in words for the person; ``field`` names the form field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def create(username: str, password: str, display_name: str | None = None, *, is_admin: bool = False) -> User:
    """Make an account and tell everybody; AccountError when name or password will not do."""
    name = (display_name or username).strip()
    _check_username(username)
    if not 0 < len(name) <= DISPLAY_NAME_MAX or not is_storable(name):
        raise AccountError("display_name", f"Use 1 to {DISPLAY_NAME_MAX} characters.")
    _check_password(password, username)
    user = User(username=username, password_hash=_hash(password), is_admin=is_admin)
    user.rename(name)
    try:
        with write():
            db.session.add(user)
    except IntegrityError:
        raise AccountError("username", "This name is taken. Try another one.") from None
    log.info("account created user=%s", user.id)
    broadcasts.user_added(user)
    return user


def authenticate(username: str, password: str) -> User | None:
    """The account, if the password is right and it is active; takes as long when there is no such account."""
    user = User.by_username(username)
    if _is_correct(user, password) and user and user.is_active:
        return user
    return None


def change_password(user: User, current: str, new: str, *, keep_login_id: int) -> None:
    """Change one's own password; ends one's other log-ins."""
    if not _is_correct(user, current):
        raise AccountError("current_password", "This is not your current password.")
    set_password(user, new, keep_login_id=keep_login_id)


def set_password(user: User, new: str, *, keep_login_id: int | None = None) -> None:
    """Set a password and end all log-ins but ``keep_login_id``."""
    _check_password(new, user.username)
    new_hash = _hash(new)
    with write():
        locked(user).password_hash = new_hash
        ended = logins.mark_ended("password_changed", user_id=user.id, keep_id=keep_login_id)
    log.info("password changed user=%s", user.id)
    logins.broadcast_ended(ended, "password_changed")


def set_admin(user: User, is_admin: bool) -> None:
    """Make someone an administrator, or no longer."""
    with write():
        user.is_admin = is_admin
    log.info("admin=%s user=%s", is_admin, user.id)


def deactivate(user: User) -> None:
    """Nobody logs in with this account any more, and its open pages close. Its messages stay."""
    with write():
        locked(user).is_active = False
        ended = logins.mark_ended("deactivated", user_id=user.id)
    log.info("account deactivated user=%s", user.id)
    logins.broadcast_ended(ended, "deactivated")


def reactivate(user: User) -> None:
    """Take that back: the account is as it was, its log-ins excepted."""
    with write():
        locked(user).is_active = True
    log.info("account reactivated user=%s", user.id)
    broadcasts.user_added(user)


def problems(username: str, password: str) -> list[AccountError]:
    """All that speaks against an account of that name and password, so that a form can say it at once."""
    found = []
    for check, *values in ((_check_username, username), (_check_password, password, username)):
        try:
            check(*values)
        except AccountError as error:
            found.append(error)
    return found


def _check_username(username: str) -> None:
    if not USERNAME_PATTERN.fullmatch(username):
        raise AccountError(
            "username",
            "Use 1 to 32 letters from a to z, digits, dots, dashes or underscores; start with a letter or digit.",
        )
    if User.by_username(username):
        raise AccountError("username", "This name is taken. Try another one.")


def _check_password(password: str, username: str) -> None:
    if refusal := passwords.problem(password, username):
        raise AccountError("password", refusal)


def _hash(password: str) -> str:
    db.session.commit()  # this takes a while: do not sit on a database connection meanwhile
    return passwords.make_hash(password)


def _is_correct(user: User | None, password: str) -> bool:
    password_hash = user.password_hash if user else None
    db.session.commit()
    return passwords.is_correct(password_hash, password)
