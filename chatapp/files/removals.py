"""Getting rid of what nobody needs any more, until it is gone."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import select

from chatapp.extensions import db
from chatapp.files.storage import StorageError, storage
from chatapp.lib.clock import now
from chatapp.models import FileRemoval
from chatapp.models.transaction import write

log = logging.getLogger(__name__)
_AT_ONCE = 50
# While one process is at it, others leave it alone; and a try that failed is repeated, ever less often.
_LEASE = timedelta(seconds=60)
_LONGEST_WAIT = timedelta(hours=1)


def remove_all_due() -> None:
    """Remove what is due, however much that is."""
    while remove_due():
        pass


def remove_due() -> int:
    """Remove from the storage some of what is due, and tell how many; what could not be removed is tried again."""
    due = select(FileRemoval).where(FileRemoval.due_at <= now()).order_by(FileRemoval.due_at).limit(_AT_ONCE)
    if db.session.scalar(due.limit(1)) is None:
        return 0
    with write():
        taken = {row.name: row.tries for row in db.session.scalars(due.with_for_update(skip_locked=True))}
        _set(list(taken), due_at=now() + _LEASE)
    for name, tries in taken.items():
        try:
            storage().delete(name)
        except StorageError as error:
            log.warning("could not remove %s: %s", name, error)
            with write():
                _set(
                    [name],
                    tries=tries + 1,
                    due_at=now() + min(_LONGEST_WAIT, timedelta(seconds=5 * 2 ** min(tries, 12))),
                )
        else:
            with write():
                gone = db.delete(FileRemoval).where(FileRemoval.name == name)
                db.session.execute(gone, execution_options={"synchronize_session": False})
    return len(taken)


def _set(names: list[str], **values: object) -> None:
    changed = db.update(FileRemoval).where(FileRemoval.name.in_(names)).values(**values)
    db.session.execute(changed, execution_options={"synchronize_session": False})
