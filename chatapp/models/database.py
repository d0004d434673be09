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
from alembic.util import CommandError
from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from chatapp.extensions import db
from config import ConfigError, make_folder


def init_app(app: Flask) -> None:
    """Make the engine as the configured database needs it."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite" and url.database:
        make_folder("DATABASE_URL", Path(url.database).parent)
    store = _module_of(url.get_backend_name())
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = store.engine_options(app.config, url)
    db.init_app(app)
    with app.app_context():
        store.prepare(db.engine, app.config)


def upgrade(app: Flask) -> None:
    """What ``flask db upgrade`` does, without a process of its own; stops the start with one line when it cannot."""
    with app.app_context(), _in_one_line():
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
    with _in_one_line(), app.app_context(), db.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    if present != newest:
        raise ConfigError("DATABASE_URL", f"the database is at {present or 'nothing'}, not {newest}: flask db upgrade")


@contextmanager
def _in_one_line() -> Iterator[None]:
    """What the database, or Alembic, says against it."""
    try:
        yield
    except (SQLAlchemyError, CommandError) as error:
        words = " ".join(str(getattr(error, "orig", None) or error).split())
        raise ConfigError("DATABASE_URL", f"the database cannot be used: {words}") from error


def _module_of(dialect: str) -> Any:
    """``sqlite.py`` or ``postgresql.py``: only the one in use, since each brings its driver."""
    return import_module(f"chatapp.models.{dialect}")
