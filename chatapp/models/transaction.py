"""Transactions, said the same way everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection

from chatapp.extensions import db
from chatapp.lib import offload

T = TypeVar("T")


@contextmanager
def write() -> Iterator[None]:
    """Write through ``db.session``; commits at the end, rolls back on an error.

    On SQLite it takes the write lock at the start (waiting DATABASE_BUSY_SECONDS at most), so what is
    read inside cannot change before the commit.
    """
    db.session.commit()
    db.session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def write_at_once(work: Callable[[Connection], T]) -> T:
    """Run ``work`` in a transaction of its own on a plain connection, without the session.

    On SQLite all of it is one trip to a thread, so ``work`` follows the rules of ``offload.run``.
    """
    with db.engine.connect() as plain:
        connection = plain.execution_options(sqlite_begin="IMMEDIATE")

        def whole() -> T:
            with connection.begin():
                return work(connection)

        return offload.run(whole) if db.engine.dialect.name == "sqlite" else whole()
