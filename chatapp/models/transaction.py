"""Transactions, said the same way everywhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, TimeoutError

from chatapp.extensions import db
from chatapp.lib import offload

T = TypeVar("T")

# What the database raises when it is away, locked or too busy: trying again may help.
DATABASE_AWAY = (OperationalError, TimeoutError)

# SQLite lets one write at a time, and its own wait is unfair and takes a thread. So whoever writes in this
# process waits here first, in line and on the loop; only other processes are waited for inside SQLite.
_turn = threading.Lock()


@contextmanager
def write() -> Iterator[None]:
    """Write through ``db.session``; commits at the end, rolls back on an error. Not to be nested.

    On SQLite it holds the write lock from the start (waiting DATABASE_BUSY_SECONDS at most), so what is read
    inside cannot change before the commit. Objects loaded earlier are read anew.
    """
    db.session.commit()
    with _in_turn():
        try:
            db.session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
            db.session.expire_all()
            yield
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


def write_at_once(work: Callable[[Connection], T]) -> T:
    """Run ``work`` in a transaction of its own on a plain connection, without the session.

    On SQLite all of it is one trip to a thread, so ``work`` follows the rules of ``offload.run``.
    """
    with _in_turn(), db.engine.connect() as plain:
        connection = plain.execution_options(sqlite_begin="IMMEDIATE")

        def whole() -> T:
            with connection.begin():
                return work(connection)

        return offload.run(whole) if _is_sqlite() else whole()


@contextmanager
def _in_turn() -> Iterator[None]:
    if not _is_sqlite():
        yield
        return
    if not _turn.acquire(timeout=current_app.config["DATABASE_BUSY_SECONDS"]):
        raise TimeoutError("others are writing")
    try:
        yield
    finally:
        _turn.release()


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"
