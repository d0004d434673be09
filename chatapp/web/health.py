"""For load balancers and operators: is the process alive, can it do its work."""

from __future__ import annotations

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from chatapp.extensions import csrf, db, socketio

health = Blueprint("health", __name__)
csrf.exempt(health)


@health.get("/healthz")
def alive() -> ResponseReturnValue:
    """200 as long as the process lives."""
    return {"status": "ok"}


@health.get("/readyz")
def ready() -> ResponseReturnValue:
    """200 when the database answers and has its tables; else 503, saying which part does not.

    Redis away is told, and no reason to take no more people: they talk, and catch up with other workers.
    """
    if current_app.extensions["drain"].has_begun:
        return {"status": "leaving"}, 503
    redis = socketio.server.manager.state
    try:
        db.session.execute(text("SELECT 1 FROM alembic_version"))
    except SQLAlchemyError as error:
        return {"status": "not ready", "database": type(error).__name__, "redis": redis}, 503
    return {"status": "ok", "database": "ok", "redis": redis}
