"""What servers stand on: a SQLite file and one process, or PostgreSQL, Redis and several workers."""

import copy
import itertools
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.database import Database
from tests.support.running import run_flask
from tests.support.services import Postgres, Redis


@dataclass
class Ground:
    """One server's: an empty database, migrated, and what else it needs."""

    database: Database
    settings: dict[str, str]
    redis: Redis | None = None
    clear: Callable[[], None] = field(default=lambda: None)


class OneProcess:
    """SQLite; nothing beside it."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"
        run_flask("db", "upgrade", DATABASE_URL=f"sqlite:///{self._template}", INSTANCE_PATH=str(folder))

    def provide(self, folder: Path) -> Ground:
        """A copy of the empty database in a server's folder."""
        path = folder / "chat.db"
        shutil.copy(self._template, path)
        return Ground(Database(f"sqlite:///{path}"), {"DATABASE_URL": f"sqlite:///{path}"})


class ManyWorkers:
    """PostgreSQL, Redis (one for each server, since channels have no databases) and ``workers`` processes."""

    def __init__(self, folder: Path, postgres: Postgres, workers: int = 2) -> None:
        self._postgres = postgres
        self._workers = workers
        self._numbers = itertools.count(1)
        self.migrated(postgres, "template_chat", folder)

    def with_workers(self, workers: int) -> "ManyWorkers":
        """The same, for servers of so many workers."""
        other = copy.copy(self)
        other._workers = workers
        return other

    @staticmethod
    def migrated(postgres: Postgres, name: str, folder: Path) -> str:
        """The address of a new database with all tables and nothing in them."""
        url = postgres.create_database(name)
        run_flask("db", "upgrade", DATABASE_URL=url, INSTANCE_PATH=str(folder))
        return url

    def provide(self, folder: Path) -> Ground:
        """A database of a server's own, and a Redis that runs."""
        name = f"chat_{next(self._numbers)}"
        url = self._postgres.create_database(name, "template_chat")
        redis = Redis()
        redis.start()

        def clear() -> None:
            redis.close()
            self._postgres.drop_database(name)

        settings = {"DATABASE_URL": url, "REDIS_URL": redis.url, "WEB_CONCURRENCY": str(self._workers)}
        return Ground(Database(url), settings, redis, clear)


Stack = OneProcess | ManyWorkers
