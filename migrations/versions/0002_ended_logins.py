"""Log-ins that ended lately are found without reading those that live."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    has_ended = sa.text("ended_at IS NOT NULL")
    op.create_index(
        "ix_login_ended_at", "login", ["ended_at"], postgresql_where=has_ended, sqlite_where=has_ended
    )


def downgrade() -> None:
    op.drop_index("ix_login_ended_at", "login")
