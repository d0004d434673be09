"""Run by Alembic, through ``flask db ...``."""

from alembic import context
from flask import current_app
from sqlalchemy import text

from chatapp.extensions import db
from chatapp.models import database

# Any number will do that nobody else locks in this database.
UPGRADE_LOCK = 7_062_291


def run() -> None:
    """Migrate the app's own database; on SQLite by the batch way, which copies the table."""
    with database.unhurried() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                # Of several that start at once the first one migrates; the others find it done.
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("flask db works on a live database; --sql is not supported")
run()
