"""Whether rows and storage agree: what is there without a row, and what rows stand for that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select

from chatapp.extensions import db
from chatapp.files.attachments import bytes_of_all, object_names
from chatapp.files.storage import storage
from chatapp.lib.chunks import chunks
from chatapp.lib.clock import now
from chatapp.models import Attachment, FileRemoval
from chatapp.models.transaction import write

_CHUNK = 500


@dataclass(slots=True)
class Found:
    """``orphans`` are objects that no row needs, ``holes`` objects that rows stand for and that are missing, or of
    another size."""

    objects: int = 0
    object_bytes: int = 0
    orphans: list[str] = field(default_factory=list)
    holes: list[str] = field(default_factory=list)


def check() -> Found:
    """Compare the two. What is under way meanwhile is neither: objects are listed first, rows are read later."""
    found = Found()
    there: dict[str, int] = dict(storage().names())
    found.objects, found.object_bytes = len(there), sum(there.values())
    needed = dict(_needed())
    later = set(db.session.scalars(select(FileRemoval.name)))  # on their way in, or out
    db.session.commit()
    found.orphans = sorted(name for name in there if name not in needed and name not in later)
    for name, (size, is_new) in needed.items():
        if there.get(name) != size and not (is_new and name not in there):
            found.holes.append(name)
    return found


def repair(found: Found) -> None:
    """Have orphans removed. Holes cannot be filled but from a backup."""
    for names in chunks(found.orphans, _CHUNK):
        with write():
            db.session.add_all(FileRemoval(name=name, due_at=now()) for name in names)


def stats() -> dict[str, int]:
    """What there is."""
    by_kind = select(Attachment.kind, func.count()).group_by(Attachment.kind)
    rows = {kind: count for kind, count in db.session.execute(by_kind)}  # noqa: C416
    unsent = select(func.count()).select_from(Attachment).where(Attachment.message_id.is_(None))
    return {
        **{f"{name}s": rows.get(name, 0) for name in ("image", "video", "audio", "file")},
        "not sent": db.session.scalar(unsent) or 0,
        "bytes": bytes_of_all(),
        "to be removed": db.session.scalar(select(func.count()).select_from(FileRemoval)) or 0,
    }


def _needed() -> Iterator[tuple[str, tuple[int, bool]]]:
    """Each object that a row stands for, with its size and whether it may be younger than the list."""
    lately = now() - timedelta(hours=1)
    columns = (Attachment.key, Attachment.size, Attachment.thumbnail_size, Attachment.created_at)
    for row in db.session.execute(select(*columns).execution_options(yield_per=_CHUNK)):
        names = object_names(row.key, has_thumbnail=row.thumbnail_size is not None)
        for name, size in zip(names, (row.size, row.thumbnail_size), strict=False):
            yield name, (size, row.created_at > lately)
