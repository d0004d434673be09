"""PostgreSQL as the server's database: waiting for it lets the event loop go on, and never lasts for long."""

from __future__ import annotations

import select
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.waiting import Ready, Wait
from sqlalchemy import Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import URL, Dialect, ExceptionContext
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError

T = TypeVar("T")
_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]

# What the server says when it has given up on a connection (it sat idle in a transaction for too long) or
# may not write any more (it has become a standby); psycopg does not count them as operational.
_GONE = ("25P03", "25006")


class CooperativeConnection(psycopg.Connection[Any]):
    """Waits on the event loop, where psycopg's own way would stop everybody, and gives up after ``patience`` seconds.

    A connection that was given up is closed: what became of its transaction is not known.
    """

    patience: float | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepared: set[bytes] = set()  # names of statements; for pipeline.py

    def wait(self, gen: PQGen[T], interval: float = 0, timeout: float | None = None) -> T:
        """Drive ``gen`` to its end; OperationalError when the server stays silent."""
        if self.patience is None:
            return super().wait(gen)
        deadline = monotonic() + self.patience
        try:
            wanted = next(gen)
            while True:
                wanted = gen.send(self.until_ready(wanted, deadline))
        except StopIteration as done:
            result: T = done.value
            return result

    def until_ready(self, wanted: Wait, deadline: float | None) -> Ready:
        """What of ``wanted`` is ready, waiting until ``deadline`` at most; closes the connection when that passes."""
        left = None if deadline is None else deadline - monotonic()
        try:
            if left is not None and left <= 0:
                raise psycopg.OperationalError("the server did not answer in time")
            return _ready(self.pgconn.socket, wanted, left)
        except BaseException:
            # Whoever asked is not going to read the answer, so nothing else can be asked on this connection.
            self.pgconn.finish()
            raise


def _ready(descriptor: int, wanted: Wait, seconds: float | None) -> Ready:
    """What of ``wanted`` is ready after at most ``seconds``, waiting in the way of the async mode."""
    reading, writing = bool(wanted & Wait.R), bool(wanted & Wait.W)
    if not hasattr(select, "poll"):  # taken away by eventlet, whose select() knows no limit to descriptors
        readable, writable, _ = select.select([descriptor] * reading, [descriptor] * writing, [], seconds)
        return Ready((Ready.R if readable else 0) | (Ready.W if writable else 0))
    poll = select.poll()
    poll.register(descriptor, (select.POLLIN if reading else 0) | (select.POLLOUT if writing else 0))
    happened = 0
    for _, events in poll.poll(None if seconds is None else seconds * 1000):
        happened |= events
    # A descriptor in error counts as ready: reading from it tells what is wrong.
    is_broken = happened & ~(select.POLLIN | select.POLLOUT)
    is_readable, is_writable = happened & select.POLLIN, happened & select.POLLOUT
    return Ready(
        (Ready.R if reading and (is_readable or is_broken) else 0)
        | (Ready.W if writing and (is_writable or is_broken) else 0)
    )


def engine_options(settings: dict[str, Any], url: URL) -> dict[str, Any]:
    """Options for Flask-SQLAlchemy's engine; what the address itself says wins.

    Time-outs are for a process that serves. A migration takes what it takes.
    """
    busy, timeout = settings["DATABASE_BUSY_SECONDS"], settings["DATABASE_TIMEOUT_SECONDS"]
    # The planner's default for spinning disks would read whole tables where an index leads to a few thousand rows.
    server_side: dict[str, str | float] = {"timezone": "UTC", "random_page_cost": 1.1, "jit": "off"}
    if settings["SERVING"]:
        server_side |= {
            "lock_timeout": round(busy * 1000),
            "statement_timeout": round(timeout * 1000) - 100,  # before we hang up, so that the connection stays
            "max_parallel_workers_per_gather": 0,  # workers would take longer to start than these statements run
            "idle_in_transaction_session_timeout": round(settings["DATABASE_IDLE_SECONDS"] * 1000),
        }
    options = " ".join(f"-c {name}={value}" for name, value in server_side.items())
    arguments = {
        "application_name": "chat",
        "connect_timeout": settings["DATABASE_CONNECT_SECONDS"],
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,  # milliseconds
    }
    asked = url.query.get("options", "")
    return {
        "connect_args": {name: value for name, value in arguments.items() if name not in url.query}
        | {"options": f"{options} {asked if isinstance(asked, str) else ' '.join(asked)}".strip()},
        "pool_size": settings["DATABASE_POOL"],
        "max_overflow": 0,
        "pool_timeout": busy,
    }


def prepare(engine: Engine, settings: dict[str, Any]) -> None:
    """Set the engine up. In a process that does not serve (the flask CLI) psycopg waits in its own way."""
    event.listen(engine, "handle_error", _explain)
    event.listen(engine, "checkout", _check_alive)
    patience = settings["DATABASE_TIMEOUT_SECONDS"] if settings["SERVING"] else None
    event.listen(engine, "do_connect", _connect(patience))


def lift_timeouts(connection: Any) -> None:
    """For something long on a connection of psycopg's, not to be used for anything else afterwards."""
    if isinstance(connection, CooperativeConnection):
        connection.patience = None
    connection.execute("SET lock_timeout = 0; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
    connection.commit()


def _connect(patience: float | None) -> Any:
    def connect(_dialect: Dialect, _record: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        # psycopg resolves names and connects in Python, by the patched parts of the standard library.
        connection = CooperativeConnection.connect(*arguments, **named)
        connection.patience = patience
        return connection

    return connect


def is_alive(connection: psycopg.Connection[Any]) -> bool:
    """False when the server has closed the connection meanwhile.

    It costs no round trip, unlike a ping: a server that ends a connection has said so on the socket. The first
    look takes in its last words, the second meets the end.
    """
    try:
        connection.pgconn.consume_input()
        connection.pgconn.consume_input()
    except psycopg.OperationalError:
        return False
    return not connection.closed


def _check_alive(connection: Any, _record: Any, _proxy: Any) -> None:
    """Have the pool throw away a connection that has gone."""
    if not is_alive(connection):
        raise DisconnectionError("the server closed the connection")


def _explain(context: ExceptionContext) -> BaseException | None:
    original = context.original_exception
    if not isinstance(original, psycopg.Error) or original.sqlstate not in _GONE:
        return None
    context.is_disconnect = True
    return as_sqlalchemy_says(original)


def as_sqlalchemy_says(error: psycopg.Error) -> DBAPIError:
    """An error of psycopg's the way it leaves the engine, without statement and values."""
    if error.sqlstate in _GONE:
        return OperationalError(None, None, error)
    return DBAPIError.instance(None, None, error, psycopg.Error, dialect=_DIALECT)  # type: ignore[return-value]
