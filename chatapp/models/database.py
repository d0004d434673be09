"""The database bound to the app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import flask_migrate
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from chatapp.extensions import db
from config import ConfigError


def init_app(app: Flask) -> None:
    """Make the engine as the configured database needs it."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite" and url.database:
        _make_folder(Path(url.database).parent)
    store = _module_of(url.get_backend_name())
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = store.engine_options(app.config, url)
    db.init_app(app)
    with app.app_context():
        store.prepare(db.engine, app.config)


def upgrade(app: Flask) -> None:
    """What ``flask db upgrade`` does, without a process of its own."""
    with app.app_context():
        flask_migrate.upgrade()


@contextmanager
def unhurried() -> Iterator[Connection]:
    """A connection for work that may take long, such as a migration; nobody uses it afterwards."""
    with db.engine.connect() as connection:
        _module_of(connection.dialect.name).lift_timeouts(connection.connection.driver_connection)
        try:
            yield connection
        finally:
            connection.invalidate()


def require_current(app: Flask) -> None:
    """Stop the start with one line when the database is out of reach or not migrated."""
    newest = ScriptDirectory(app.config["MIGRATIONS"]).get_current_head()
    try:
        with app.app_context(), db.engine.connect() as connection:
            present = MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise ConfigError("DATABASE_URL", f"the database cannot be opened: {error.orig}") from error
    if present != newest:
        raise ConfigError("DATABASE_URL", f"the database is at {present or 'nothing'}, not {newest}: flask db upgrade")


def _module_of(dialect: str) -> Any:
    """``sqlite.py`` or ``postgresql.py``: only the one in use, since each brings its driver."""
    return import_module(f"chatapp.models.{dialect}")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError("DATABASE_URL", f"cannot make the folder {folder}: {error.strerror}") from error
