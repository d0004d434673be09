"""Run by Alembic, through ``flask db ...``."""

from alembic import context
from flask import current_app

from chatapp.extensions import db


def run() -> None:
    """Migrate the app's own database; on SQLite by the batch way, which copies the table."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("flask db works on a live database; --sql is not supported")
run()
