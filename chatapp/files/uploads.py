"""From an upload to a file that can be sent: judged, pictures encoded anew, kept in the storage."""

from __future__ import annotations

import logging
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import IO

from flask import current_app

from chatapp.extensions import db
from chatapp.files import attachments, images
from chatapp.files.attachments import object_names
from chatapp.files.incoming import Incoming
from chatapp.files.storage import StorageError, storage
from chatapp.lib.clock import now
from chatapp.lib.errors import unavailable
from chatapp.lib.file_kinds import IMAGES, SHOWN_EXTENSIONS, FileKind, kind_of
from chatapp.lib.file_names import clean, disposition, with_extension
from chatapp.models import Attachment, FileRemoval, User
from chatapp.models.transaction import locked, write

log = logging.getLogger(__name__)
# What was put into the storage and never got its row, since the process died in between, goes after so long.
_HALF_DONE = timedelta(hours=2)


def folder() -> Path:
    """Where files without names are kept while they are looked at."""
    path: Path = current_app.config["INSTANCE"] / "uploads"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def keep(user: User, incoming: Incoming) -> Attachment:
    """What came in as a file of somebody's that can be sent."""
    if not incoming.size:
        raise images.refused("This file is empty.")
    attachments.check_quotas(user.id, incoming.size)
    kind = kind_of(incoming.head)
    if kind.kind != "image":
        return _keep(user, _made(incoming.name, kind), incoming.file, None)
    db.session.commit()  # nobody keeps a database connection while a picture waits for its turn and is encoded
    most = current_app.config["MAX_UPLOAD_BYTES"]
    with images.reencoded(incoming.file, folder(), most, incoming.check_wanted) as picture:
        made = _made(incoming.name, IMAGES[picture.format])
        made.width, made.height, made.is_animated = picture.width, picture.height, picture.is_animated
        return _keep(user, made, picture.file, picture.thumbnail)


def _made(name: str, kind: FileKind) -> Attachment:
    name = clean(name)
    if kind.extensions:
        name = with_extension(name, kind.extensions, SHOWN_EXTENSIONS)
    return Attachment(name=name, kind=kind.kind, content_type=kind.content_type, key=secrets.token_hex(16))


def _keep(user: User, made: Attachment, file: IO[bytes], thumbnail: IO[bytes] | None) -> Attachment:
    made.user_id = user.id
    made.size = os.fstat(file.fileno()).st_size
    made.thumbnail_size = None if thumbnail is None else os.fstat(thumbnail.fileno()).st_size
    names = object_names(made.key, has_thumbnail=thumbnail is not None)
    with write():
        db.session.add_all(FileRemoval(name=name, due_at=now() + _HALF_DONE) for name in names)
    try:
        _put(made, names, file, thumbnail)
        with write():
            locked(user)  # of two uploads at the last moment, one is too much
            attachments.check_quotas(user.id, made.size + (made.thumbnail_size or 0))
            _are_needed(names)
            db.session.add(made)
    except BaseException:
        _remove_soon(names)
        raise
    return made


def _put(made: Attachment, names: list[str], file: IO[bytes], thumbnail: IO[bytes] | None) -> None:
    shown = disposition(made.name, inline=made.kind != "file")
    db.session.commit()  # nobody keeps a database connection while the storage is busy
    try:
        storage().put(names[0], file, made.content_type, shown)
        if thumbnail is not None:
            storage().put(names[1], thumbnail, "image/webp", disposition("thumbnail.webp", inline=True))
    except StorageError as error:
        log.warning("storage away: %s", error)
        raise unavailable() from error


def _are_needed(names: list[str]) -> None:
    gone = db.delete(FileRemoval).where(FileRemoval.name.in_(names))
    db.session.execute(gone, execution_options={"synchronize_session": False})


def _remove_soon(names: list[str]) -> None:
    """What is in the storage and will have no row. With the database away they go later."""
    try:
        with write():
            due = db.update(FileRemoval).where(FileRemoval.name.in_(names)).values(due_at=now())
            db.session.execute(due, execution_options={"synchronize_session": False})
    except Exception:  # noqa: BLE001 (what went wrong before is what is to be told)
        log.warning("could not note what is to be removed")
