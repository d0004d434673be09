"""SQLite as a server's database: durable, and never in the way of the event loop."""

from __future__ import annotations

import sqlite3
from collections import deque
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL

from chatapp.lib import offload


class OffloadedConnection(sqlite3.Connection):
    """A connection whose blocking calls run in a real thread: a locked file or a slow disk delays only its user."""

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        return super().cursor(OffloadedCursor)

    def commit(self) -> None:
        if self.in_transaction:
            offload.run(super().commit)

    def rollback(self) -> None:
        if self.in_transaction:
            offload.run(super().rollback)


class OffloadedCursor(sqlite3.Cursor):
    """Executes and fetches in one go, so that a statement is one trip to the thread.

    Every result set of this app is a page or less, so holding it whole costs little.
    """

    _rows: deque[Any]

    def execute(self, statement: str, parameters: Any = ()) -> OffloadedCursor:
        self._rows = offload.run(self._execute_now, statement, parameters)
        return self

    def executemany(self, statement: str, parameters: Any) -> OffloadedCursor:
        offload.run(super().executemany, statement, parameters)
        self._rows = deque()
        return self

    def _execute_now(self, statement: str, parameters: Any) -> deque[Any]:
        super().execute(statement, parameters)
        return deque(super().fetchall()) if self.description else deque()

    def fetchone(self) -> Any:
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        return [self._rows.popleft() for _ in range(min(size or 1, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        rows, self._rows = list(self._rows), deque()
        return rows

    def __next__(self) -> Any:
        if not self._rows:
            raise StopIteration
        return self._rows.popleft()


def engine_options(settings: dict[str, Any], _url: URL) -> dict[str, Any]:
    """Options for Flask-SQLAlchemy's engine on SQLite."""
    busy_seconds = settings["DATABASE_BUSY_SECONDS"]
    return {
        "connect_args": {
            "factory": OffloadedConnection,
            "check_same_thread": False,
            "timeout": busy_seconds,
            "isolation_level": None,  # transactions are begun below, not by the driver
        },
        "pool_size": 8,
        "max_overflow": 8,
        "pool_timeout": busy_seconds,
    }


def prepare(engine: Engine, _settings: dict[str, Any]) -> None:
    """Set up each new connection, and begin transactions as the caller asked (``sqlite_begin``)."""
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)


def lift_timeouts(_connection: Any) -> None:
    """Nothing to do: only the wait for a lock is limited, not how long a statement takes."""


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # A power cut may not take what was acked: FULL syncs the log at each commit.
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "journal_mode=WAL", "cache_size=-16000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that will write must say so first: one that reads and then writes may be
    # refused at once, without the busy wait.
    connection.exec_driver_sql("BEGIN " + connection.get_execution_options().get("sqlite_begin", "DEFERRED"))
