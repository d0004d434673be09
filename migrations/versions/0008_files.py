"""Files: those of messages, and what is to go from the storage."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("message", sa.Column("attachment_count", sa.SmallInteger(), nullable=False, server_default="0"))
    op.create_table(
        "attachment",
        sa.Column("id", BIG_INTEGER, nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("user_id", BIG_INTEGER, nullable=False),
        sa.Column("message_id", BIG_INTEGER, nullable=True),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("content_type", sa.String(64), nullable=False),
        sa.Column("size", BIG_INTEGER, nullable=False),
        sa.Column("thumbnail_size", BIG_INTEGER, nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("is_animated", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('image', 'video', 'audio', 'file')", name="ck_attachment_kind_known"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_attachment_user_id_user"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_attachment_message_id_message"),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
        sa.UniqueConstraint("key", name="uq_attachment_key"),
    )
    op.create_index("ix_attachment_user_id", "attachment", ["user_id"])
    op.create_index("ix_attachment_message_id", "attachment", ["message_id", "position"])
    op.create_table(
        "file_removal",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_file_removal"),
    )
    op.create_index("ix_file_removal_due_at", "file_removal", ["due_at"])


def downgrade() -> None:
    # What is in the storage stays there; nothing leads to it any more.
    op.drop_table("file_removal")
    op.drop_table("attachment")
    op.drop_column("message", "attachment_count")
