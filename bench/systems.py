"""The systems that are compared, each by the name of its row."""

from __future__ import annotations

import contextlib
import functools
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from bench.app import app, run_once, serve
from bench.process import free_port, python
from bench.services import Services, folder
from bench.target import Target

PAIRS = 20
MODES = ("eventlet", "gevent")
System = Callable[[Services], AbstractContextManager[Target]]
_CHANNELS = "bench.peers.channels_chat"


@contextlib.contextmanager
def relay(_services: Services, mode: str) -> Iterator[Target]:
    """Flask-SocketIO alone."""
    port = free_port()
    pairs = [{"conversation_id": number, "cookies": ["", ""]} for number in range(1, PAIRS + 1)]
    with folder() as home, serve(python("bench.peers.relay", mode, str(port)), {}, port, home / "log", "/") as pid:
        yield Target(pid, port, "relay", pairs)


@contextlib.contextmanager
def channels(services: Services, workers: int = 1) -> Iterator[Target]:
    """The same chat on Django Channels, under uvicorn."""
    port = free_port()
    settings = {
        "DJANGO_SETTINGS_MODULE": f"{_CHANNELS}.settings",
        "DATABASE_URL": services.postgres.new_database(),
        "REDIS_URL": services.redis.url,
        "SECRET_KEY": "for the benchmark only",
    }
    run_once([sys.executable, "-m", "django", "migrate", "--verbosity=0"], settings)
    pairs = json.loads(run_once([sys.executable, "-m", "django", "fill", str(PAIRS)], settings))
    command = python("uvicorn", f"{_CHANNELS}.asgi:application", "--port", str(port), "--workers", str(workers))
    command += ["--loop", "uvloop", "--http", "httptools", "--lifespan", "off"]
    command += ["--log-level", "warning", "--no-access-log"]
    with folder() as home, serve(command, settings, port, home / "log", "/") as pid:
        yield Target(pid, port, "channels", pairs, services.postgres, services.redis, workers=workers)


def _app(store: str, mode: str, workers: int = 1) -> System:
    return functools.partial(app, store=store, mode=mode, workers=workers)


RELAY = {mode: f"bare relay, {mode}" for mode in MODES}
CHANNELS = "Channels on uvicorn, PostgreSQL + Redis"
FULL = {mode: f"chat, PostgreSQL + Redis, {mode}" for mode in MODES}


def systems() -> dict[str, System]:
    """All of them, in the order of the table."""
    found: dict[str, System] = {RELAY[mode]: functools.partial(relay, mode=mode) for mode in MODES}
    for name, store in (("SQLite", "sqlite"), ("PostgreSQL", "postgres"), ("PostgreSQL + Redis", "postgres+redis")):
        found |= {f"chat, {name}, {mode}": _app(store, mode) for mode in MODES}
    found |= {f"{FULL[mode]}, 2 workers": _app("postgres+redis", mode, 2) for mode in MODES}
    found |= {CHANNELS: channels, f"{CHANNELS}, 2 workers": functools.partial(channels, workers=2)}
    return found
