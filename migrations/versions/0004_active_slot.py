"""Conversations that moved lately are found by a column that changes only every ten seconds.

With an index on the moment itself PostgreSQL writes new index entries for every message, and none of these updates
can stay within its page.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HOT = ("conversation", "membership")


def upgrade() -> None:
    op.drop_index("ix_conversation_active_at_id", "conversation")
    op.add_column("conversation", sa.Column("active_slot", BIG_INTEGER, nullable=False, server_default="0"))
    op.create_index("ix_conversation_active_slot", "conversation", ["active_slot"])
    if op.get_bind().dialect.name == "postgresql":
        for table in HOT:  # room for the next version of a row beside it
            op.execute(f"ALTER TABLE {table} SET (fillfactor = 50)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in HOT:
            op.execute(f"ALTER TABLE {table} RESET (fillfactor)")
    op.drop_index("ix_conversation_active_slot", "conversation")
    # Not the batch way: it replaces the table, and with the old one SQLite drops all that points to it.
    op.drop_column("conversation", "active_slot")
    op.create_index("ix_conversation_active_at_id", "conversation", ["active_at", "id"], unique=False)
