"""A real PostgreSQL and a real Redis for one run, in folders and on ports of their own."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import psycopg
import redis

from bench.process import BenchError, environment, free_port, start, stop

WITHIN_SECONDS = 30
CONNECTIONS = 300


class Postgres:
    """As it comes, so durable: fsync and synchronous_commit are on."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self._port = port
        self._made = 0

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def new_database(self) -> str:
        """The address of a database that is empty."""
        self._made += 1
        self.do(f"CREATE DATABASE bench{self._made}")
        return self.url(f"bench{self._made}")

    def do(self, statement: str, url: str | None = None) -> list[Any]:
        """Run one statement outside a transaction."""
        try:
            with psycopg.connect(url or self.url("postgres"), autocommit=True) as connection:
                cursor = connection.execute(statement.encode())
                return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            raise BenchError(f"PostgreSQL: {error}") from error

    def settle(self) -> None:
        """Write out what earlier work left, so that nobody after it pays for it."""
        self.do("CHECKPOINT")


class Redis:
    """Keeps nothing on disk."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.url = f"redis://127.0.0.1:{port}/0"


class Services(contextlib.ExitStack):
    """Each is started when first asked for, and stopped, with its folder removed, at the end: of the run, on
    Ctrl+C, and when the run is told to end."""

    def __enter__(self) -> Self:
        """End on SIGTERM as on Ctrl+C."""
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        return super().__enter__()

    @cached_property
    def postgres(self) -> Postgres:
        """The run's PostgreSQL."""
        return self.enter_context(_postgres())

    @cached_property
    def redis(self) -> Redis:
        """The run's Redis."""
        return self.enter_context(_redis())


@contextlib.contextmanager
def folder(owner: str | None = None) -> Iterator[Path]:
    """A temporary folder."""
    path = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        if owner:
            shutil.chown(path, owner, owner)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _postgres() -> Iterator[Postgres]:
    # It refuses to run as root; Debian's package brings the user that it may run as.
    owner = "postgres" if os.geteuid() == 0 else None
    who: dict[str, Any] = {"user": owner, "group": owner, "extra_groups": []} if owner else {}
    with folder(owner) as home:
        options: dict[str, Any] = {"cwd": home, "env": environment(), "stderr": subprocess.STDOUT} | who
        with (home / "log").open("wb") as log:
            command = [_program("initdb"), "-D", str(home / "data"), "-U", "postgres", "-A", "trust"]
            command += ["--encoding=UTF8", "--locale=C.UTF-8"]
            subprocess.run(command, stdout=log, check=True, **options)
            port = free_port()
            command = [_program("postgres"), "-D", str(home / "data"), "-p", str(port), "-h", "127.0.0.1"]
            command += ["-k", str(home), "-c", f"max_connections={CONNECTIONS}"]
            process = start(command, stop_by=signal.SIGINT, stdout=log, **options)
        try:
            server = Postgres(process.pid, port)
            _wait(lambda: server.do("SELECT 1"), BenchError, process, home / "log")
            yield server
        finally:
            stop(process, signal.SIGINT)  # does not wait for clients


@contextlib.contextmanager
def _redis() -> Iterator[Redis]:
    with folder() as home:
        port = free_port()
        command = [_program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(home)]
        with (home / "log").open("wb") as log:
            process = start([*command, "--save", "", "--appendonly", "no"], stdout=log, stderr=subprocess.STDOUT)
        try:
            server = Redis(process.pid, port)
            with contextlib.closing(redis.Redis.from_url(server.url)) as client:
                _wait(client.ping, redis.ConnectionError, process, home / "log")
            yield server
        finally:
            stop(process)


def _wait(ask: Any, refusal: type[Exception], process: subprocess.Popen[Any], log: Path) -> None:
    end = time.monotonic() + WITHIN_SECONDS
    while True:
        try:
            ask()
            return
        except refusal as error:
            if process.poll() is not None or time.monotonic() > end:
                last = log.read_text().strip().rpartition("\n")[2]
                raise BenchError(f"{Path(str(process.args[0])).name} did not start: {last}") from error
            time.sleep(0.05)


def _program(name: str) -> str:
    """Its path; Debian keeps PostgreSQL's programs outside PATH, by version."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: _version(path.parts[-3]))
    found = shutil.which(name) or (str(kept[-1]) if kept else None)
    if found is None:
        raise BenchError(f"{name} is not installed; on Debian or Ubuntu: apt-get install postgresql redis-server")
    return found


def _version(text: str) -> int:
    return int(re.sub(r"\D", "", text) or 0)
