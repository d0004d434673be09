"""The chat as its users start it: ``python wsgi.py`` and settings."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from bench.fill import Filled, Wish
from bench.process import BenchError, environment, free_port, python, start, stop, tree_cpu_seconds
from bench.services import Services, folder
from bench.target import Target

WITHIN_SECONDS = 60
# Of one core: what a server that has started may take while nobody talks to it.
CALM_SHARE = 0.15
_ERROR = re.compile(r"[A-Za-z_][\w., ]*: ")
STORES = ("sqlite", "postgres", "postgres+redis")


@contextlib.contextmanager
def app(services: Services, store: str, mode: str = "eventlet", workers: int = 1, **wish: Any) -> Iterator[Target]:
    """The chat over one of STORES, filled as wished, and serving."""
    with folder() as home:
        settings = _settings(services, store, home)
        settings |= {"ASYNC_MODE": mode, "WEB_CONCURRENCY": str(workers), "PORT": str(free_port())}
        run_once([sys.executable, "-m", "flask", "db", "upgrade"], settings)
        filled = Filled(**json.loads(run_once(python("bench.fill"), settings, json.dumps(asdict(Wish(**wish))))))
        if store != "sqlite":
            services.postgres.do("VACUUM ANALYZE", settings["DATABASE_URL"])  # as autovacuum would, but not later
        with serve([sys.executable, "wsgi.py"], settings, int(settings["PORT"]), home / "log", "/healthz") as pid:
            yield Target(
                pid=pid,
                port=int(settings["PORT"]),
                dialect="chat",
                pairs=filled.pairs,
                postgres=None if store == "sqlite" else services.postgres,
                redis=services.redis if store == "postgres+redis" else None,
                cookies=filled.cookies,
                user_ids=filled.user_ids,
                histories=filled.histories,
                workers=workers,
            )


def _settings(services: Services, store: str, home: Path) -> dict[str, str]:
    database = f"sqlite:///{home}/chat.db" if store == "sqlite" else services.postgres.new_database()
    settings = {
        "APP_ENV": "development",
        "SECRET_KEY": "for the benchmark only",
        "DATABASE_URL": database,
        "INSTANCE_PATH": str(home),
        "RATE_LIMITS": "off",
    }
    return settings | ({"REDIS_URL": services.redis.url} if store == "postgres+redis" else {})


def run_once(command: list[str], settings: dict[str, str], text: str = "") -> str:
    """Run something to its end and give back what it printed; BenchError with its last line when it does not work."""
    done = subprocess.run(
        command,
        env=environment(**settings),
        cwd=Path(__file__).parents[1],
        input=text,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode:
        raise BenchError(last_line(done.stderr or done.stdout))
    return done.stdout


@contextlib.contextmanager
def serve(command: list[str], settings: dict[str, str], port: int, log: Path, path: str) -> Iterator[int]:
    """A server process that answers at ``path``; its id."""
    with log.open("wb") as file:
        process = start(command, env=environment(**settings), stdout=file, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + WITHIN_SECONDS
        while not _answers(port, path):
            if process.poll() is not None or time.monotonic() > end:
                raise BenchError(last_line(log.read_text()))
            time.sleep(0.1)
        wait_for_calm(process.pid)
        yield process.pid
    finally:
        stop(process)


def wait_for_calm(pid: int) -> None:
    """Until a server has little left to do. Its first process answers while the others still load."""
    end, before = time.monotonic() + WITHIN_SECONDS, tree_cpu_seconds(pid)
    while time.monotonic() < end:
        time.sleep(1)
        after = tree_cpu_seconds(pid)
        if after - before < CALM_SHARE:
            return
        before = after


def last_line(text: str) -> str:
    """What a process that failed said last; of a traceback, the error."""
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.match(line)]
    return (errors or lines or ["it said nothing"])[-1][:300]


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
