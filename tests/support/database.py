"""What is really stored, read and changed past the app; the same on both databases."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row


class Database:
    """One database. Queries have ``?`` for values; times go in and come out as the database likes them."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite:")

    @property
    def path(self) -> Path:
        """The file of SQLite's."""
        assert self.is_sqlite
        return Path(self.url.removeprefix("sqlite:///"))

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """What a query finds."""
        if self.is_sqlite:
            with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)) as connection:
                connection.row_factory = sqlite3.Row
                return [dict(row) for row in connection.execute(query, values)]
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return connection.execute(_positional(query), values).fetchall()

    def execute(self, query: str, *values: Any) -> None:
        """Change something, in a transaction of its own."""
        self.execute_many(query, [values])

    def execute_many(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """Change something for each row, all in one transaction."""
        if self.is_sqlite:
            with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
                connection.executemany(query, rows)
            return
        with psycopg.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.executemany(_positional(query), rows)

    @contextmanager
    def locked(self, table: str, condition: str, *values: Any) -> Iterator[None]:
        """Keeps the rows locked, as a transaction that takes its time does; on SQLite all that can be written."""
        if self.is_sqlite:
            with closing(sqlite3.connect(self.path, timeout=30)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                yield
            return
        with psycopg.connect(self.url) as connection:
            query = f"SELECT 1 FROM {table} WHERE {condition} FOR UPDATE"  # noqa: S608 (of tests)
            connection.execute(_positional(query), values)
            yield

    def tables(self) -> list[str]:
        """Their names."""
        query = (
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if self.is_sqlite
            else "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        return [row["name"] for row in self.rows(query)]


def _positional(query: str) -> Any:
    return query.replace("%", "%%").replace("?", "%s")


def rows(database: Database, query: str, *values: Any) -> list[dict[str, Any]]:
    return database.rows(query, *values)


def stored_messages(database: Database, conversation_id: int) -> list[dict[str, Any]]:
    return database.rows("SELECT * FROM message WHERE conversation_id = ? ORDER BY seq", conversation_id)
