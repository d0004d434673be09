"""The database bound to the app."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from sqlalchemy.engine import make_url

from chatapp.extensions import db
from chatapp.models import sqlite

__all__ = ["db", "init_app"]


def init_app(app: Flask) -> None:
    """Make the engine as the configured database needs it."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = sqlite.engine_options(app.config["DATABASE_BUSY_SECONDS"])
    db.init_app(app)
    with app.app_context():
        sqlite.prepare(db.engine)
