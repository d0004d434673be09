"""For load balancers and operators: is the process alive, can it do its work."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from chatapp.extensions import csrf, db

health = Blueprint("health", __name__)
csrf.exempt(health)


@health.get("/healthz")
def alive() -> ResponseReturnValue:
    """200 as long as the process lives."""
    return {"status": "ok"}


@health.get("/readyz")
def ready() -> ResponseReturnValue:
    """200 when the database answers and has its tables; else 503, saying which part does not."""
    try:
        db.session.execute(text("SELECT 1 FROM alembic_version"))
    except SQLAlchemyError as error:
        return {"status": "not ready", "database": type(error).__name__}, 503
    return {"status": "ok", "database": "ok"}
