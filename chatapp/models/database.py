"""The database bound to the app."""

from __future__ import annotations

from pathlib import Path

import flask_migrate
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from chatapp.extensions import db
from chatapp.models import sqlite
from config import ConfigError


def init_app(app: Flask) -> None:
    """Make the engine as the configured database needs it."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.database:
        _make_folder(Path(url.database).parent)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = sqlite.engine_options(app.config["DATABASE_BUSY_SECONDS"])
    db.init_app(app)
    with app.app_context():
        sqlite.prepare(db.engine)


def upgrade(app: Flask) -> None:
    """What ``flask db upgrade`` does, without a process of its own."""
    with app.app_context():
        flask_migrate.upgrade()


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


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError("DATABASE_URL", f"cannot make the folder {folder}: {error.strerror}") from error
