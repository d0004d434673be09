"""Transactions, said the same way everywhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, TimeoutError

from chatapp.extensions import Base, db
from chatapp.lib import offload

T = TypeVar("T")
R = TypeVar("R", bound=Base)

# What the database raises when it is away, locked or too busy: trying again may help.
DATABASE_AWAY = (OperationalError, TimeoutError)

# SQLite lets one write at a time, and its own wait is unfair and takes a thread. So whoever writes in this
# process waits here first, in line and on the loop; only other processes are waited for inside SQLite.
_turn = threading.Lock()


@contextmanager
def write() -> Iterator[None]:
    """Write through ``db.session``; commits at the end, rolls back on an error. Not to be nested.

    Objects loaded earlier are read anew. On SQLite it holds the write lock from the start (waiting
    DATABASE_BUSY_SECONDS at most), so nothing that is read inside can change before the commit. On PostgreSQL
    others write meanwhile (READ COMMITTED): there this holds for rows read by ``locked`` only, and each
    statement sees what was committed before it began. So whoever decides by what a row says, locks it first,
    and always a person before their log-ins, a conversation before its members.
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


def locked(row: R) -> R:
    """Read an object anew, inside ``write``, and keep others from changing it until the commit.

    Rows that point to it (a log-in to its person) may still be added meanwhile.
    """
    db.session.refresh(row, with_for_update={"key_share": True, "of": type(row)})
    return row


def write_at_once(work: Callable[[Connection], T]) -> T:
    """Run ``work`` in a transaction of its own on a plain connection, without the session.

    On SQLite all of it is one trip to a thread, so ``work`` follows the rules of ``offload.run``. On PostgreSQL
    it is READ COMMITTED, as in ``write``: ``work`` locks what it decides by.
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
