"""How somebody appears to others: name and picture. Each change is told to everybody, and noted for who is away."""

from __future__ import annotations

import hashlib
import logging

from sqlalchemy import delete, select

from chatapp.auth.accounts import AccountError
from chatapp.extensions import db
from chatapp.lib import pictures
from chatapp.lib.text import is_line, is_storable
from chatapp.models import Avatar, User, UserChange
from chatapp.models.transaction import locked, write
from chatapp.models.user import DISPLAY_NAME_MAX
from chatapp.realtime import broadcasts

log = logging.getLogger(__name__)


def rename(user: User, display_name: str) -> None:
    """Set the display name; AccountError when it will not do."""
    name = " ".join(filter(None, display_name.strip().split(" ")))
    if not 0 < len(name) <= DISPLAY_NAME_MAX:
        raise AccountError("display_name", f"Use 1 to {DISPLAY_NAME_MAX} characters.")
    if not is_storable(name) or not is_line(name):
        raise AccountError("display_name", "Use one line, with something in it that can be seen.")
    with write():
        row = locked(user)
        if row.display_name == name:
            return
        row.rename(name)
        _note_change(row)
    _tell(user, "name")


def set_picture(user: User, data: bytes) -> None:
    """Set the picture to the middle of this file; AccountError when it will not do."""
    db.session.commit()  # decoding takes a while: do not sit on a database connection meanwhile
    try:
        image = pictures.square(data)
    except pictures.PictureError as error:
        raise AccountError("picture", str(error)) from None
    name = hashlib.sha256(image).hexdigest()[:32]
    with write():
        row = locked(user)
        if row.avatar_hash == name:
            return
        db.session.merge(Avatar(user_id=row.id, image=image))
        row.avatar_hash = name
        _note_change(row)
    _tell(user, "picture")


def remove_picture(user: User) -> None:
    """Be shown by initials again."""
    with write():
        row = locked(user)
        if row.avatar_hash is None:
            return
        db.session.execute(delete(Avatar).where(Avatar.user_id == row.id))
        row.avatar_hash = None
        _note_change(row)
    _tell(user, "picture")


def picture(user_id: int, name: str) -> bytes | None:
    """Somebody's picture, if it still goes by that name."""
    statement = select(Avatar.image).join(User, User.id == Avatar.user_id)
    return db.session.scalar(statement.where(User.id == user_id, User.avatar_hash == name))


def _note_change(user: User) -> None:
    change = UserChange(user_id=user.id)
    db.session.add(change)
    db.session.flush()
    db.session.execute(delete(UserChange).where(UserChange.user_id == user.id, UserChange.id < change.id))


def _tell(user: User, what: str) -> None:
    log.info("profile changed user=%s what=%s", user.id, what)
    broadcasts.user_changed(user)
