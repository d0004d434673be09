"""Prepared statements in as few round trips as possible, on PostgreSQL, past the cursors of psycopg.

For the hot path only: a cursor's work for one statement costs as much as saving a message. Speaks libpq's pipeline
mode through psycopg.pq. Parameters and values are text, as PostgreSQL writes them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, TypeVar, cast

import psycopg
from psycopg import errors, pq
from psycopg.pq import ExecStatus
from psycopg.waiting import Wait

from chatapp.extensions import db
from chatapp.models.postgresql import CooperativeConnection, as_sqlalchemy_says, is_alive

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


# Connections of this file's own. Those of the pool lose their prepared statements whenever psycopg rolls back.
_idle: deque[CooperativeConnection] = deque()
_IDLE_MAX = 2
# Plans of prepared statements are kept: one that was made while a table was empty, and so read the whole of it, would
# go on doing so while the table grows. Everything here goes by keys.
_BY_INDEX = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"


def transaction(work: Callable[[Transaction], T]) -> T:
    """Run ``work`` in a transaction of its own (READ COMMITTED); committed on return.

    Raises SQLAlchemy's errors, as everything else that uses the engine does. After an error the connection is
    closed: whatever is wrong with it, or with what was prepared on it, ends there.
    """
    connection = None
    try:
        connection = _take()
        under_way = Transaction(connection)
        result = work(under_way)
        under_way.commit()
    except BaseException as error:
        if connection is not None:
            connection.close()
        if isinstance(error, psycopg.Error):
            raise as_sqlalchemy_says(error) from error
        raise
    if len(_idle) < _IDLE_MAX:
        _idle.append(connection)
    else:
        connection.close()
    return result


def close_idle() -> None:
    """Let go of the connections that are kept for the next transaction."""
    while _idle:
        _idle.popleft().close()


def _take() -> CooperativeConnection:
    while _idle:
        connection = _idle.popleft()
        if is_alive(connection):
            return connection
        connection.close()
    pooled = db.engine.raw_connection()
    connection = cast(CooperativeConnection, pooled.driver_connection)
    pooled.detach()
    connection.rollback()  # what the pool began to look at it
    connection.execute(_BY_INDEX)
    connection.commit()
    return connection


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
