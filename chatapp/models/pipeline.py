"""Prepared statements in as few round trips as possible, on PostgreSQL, past the cursors of psycopg.

For the hot path only: a cursor's work for one statement costs as much as saving a message. Speaks libpq's pipeline
mode through psycopg.pq. Parameters and values are text, as PostgreSQL writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg import errors, pq
from psycopg.pq import ExecStatus
from psycopg.waiting import Wait
from sqlalchemy.exc import DBAPIError

from chatapp.extensions import db
from chatapp.models.postgresql import CooperativeConnection

T = TypeVar("T")
Rows = list[tuple[bytes | None, ...]]
_FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE, ExecStatus.PIPELINE_ABORTED)


class Statement:
    """An SQL text with $1, $2 ...; prepared once on each connection."""

    _count = 0

    def __init__(self, sql: str) -> None:
        Statement._count += 1
        self.name = f"chat_{Statement._count}".encode()
        self.sql = sql.encode()


_BEGIN, _COMMIT = Statement("BEGIN"), Statement("COMMIT")
Call = tuple[Statement, Sequence[bytes]]


def transaction(work: Callable[[Transaction], T]) -> T:
    """Run ``work`` in a transaction of its own (READ COMMITTED); committed on return.

    Raises SQLAlchemy's errors, as everything else that uses the engine does.
    """
    holder = db.engine.raw_connection()
    connection: Any = holder.driver_connection
    try:
        under_way = Transaction(connection)
        result = work(under_way)
        under_way.commit()
    except psycopg.Error as error:
        if connection.closed:
            holder.invalidate(error)
        raise DBAPIError.instance(None, None, error, psycopg.Error, dialect=db.engine.dialect) from error
    finally:
        holder.close()  # which rolls back what was not committed
    return result


class Transaction:
    """``run`` as often as needed, then ``commit``, which may take the last statements along."""

    def __init__(self, connection: CooperativeConnection) -> None:
        self._connection = connection
        self._is_begun = self._is_over = False

    def run(self, *calls: Call) -> list[Rows]:
        """The rows of each statement; all of them are one round trip."""
        if self._is_begun:
            return _round_trip(self._connection, calls)
        self._is_begun = True
        return _round_trip(self._connection, [(_BEGIN, ()), *calls])[1:]

    def run_and_commit(self, *calls: Call) -> list[Rows]:
        """Like ``run``, with the commit in the same round trip."""
        self._is_over = True
        return _round_trip(self._connection, [*calls, (_COMMIT, ())])[:-1]

    def commit(self) -> None:
        """Commit, unless that is done or nothing was begun."""
        if self._is_begun and not self._is_over:
            self.run_and_commit()


def _round_trip(connection: CooperativeConnection, calls: Sequence[Call]) -> list[Rows]:
    pgconn = connection.pgconn
    deadline = None if connection.patience is None else monotonic() + connection.patience
    answers = []  # for each thing asked, whether it is a statement's rows
    pgconn.enter_pipeline_mode()
    for statement, parameters in calls:
        if statement.name not in connection.prepared:
            pgconn.send_prepare(statement.name, statement.sql)
            answers.append(False)
        pgconn.send_query_prepared(statement.name, parameters)
        answers.append(True)
    pgconn.pipeline_sync()
    while pgconn.flush():
        if connection.until_ready(Wait.RW, deadline) & Wait.R:
            pgconn.consume_input()
    results = [_next_result(connection, deadline) for _ in answers]
    _next_result(connection, deadline)  # of the sync
    pgconn.exit_pipeline_mode()
    for result in results:
        if result.status in _FAILED and result.status != ExecStatus.PIPELINE_ABORTED:
            raise errors.error_from_result(result)
    connection.prepared.update(statement.name for statement, _ in calls)
    return [_rows(result) for result, is_rows in zip(results, answers, strict=True) if is_rows]


def _next_result(connection: CooperativeConnection, deadline: float | None) -> Any:
    """The next result in the pipeline; what ends each statement's results is passed over."""
    pgconn = connection.pgconn
    while True:
        while pgconn.is_busy():
            connection.until_ready(Wait.R, deadline)
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is not None:
            if result.status != ExecStatus.PIPELINE_SYNC:
                pgconn.get_result()  # None: there is one result for each statement
            return result
        if pgconn.status == pq.ConnStatus.BAD:
            raise psycopg.OperationalError("the connection is lost")


def _rows(result: Any) -> Rows:
    columns = range(result.nfields)
    return [tuple(result.get_value(row, column) for column in columns) for row in range(result.ntuples)]
