"""Deleted messages whose text is still there, for as long as that can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "deletion",
        sa.Column("message_id", BIG_INTEGER, nullable=False),
        sa.Column("purge_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_deletion_message_id_message", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name="pk_deletion"),
    )
    op.create_index("ix_deletion_purge_at", "deletion", ["purge_at"])


def downgrade() -> None:
    # Nobody could purge them afterwards, and they were deleted.
    op.execute("UPDATE message SET body = '' WHERE id IN (SELECT message_id FROM deletion)")
    op.drop_table("deletion")
