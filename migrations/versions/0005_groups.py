"""Groups: who is in them and since when, what each member may know of the others' reading, one's own shelves."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


ADDED = {
    "conversation": [
        sa.Column("title_key", sa.String(300), nullable=True),
        sa.Column("member_count", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("members_version", BIG_INTEGER, nullable=False, server_default="0"),
        sa.Column("member_key", sa.String(64), nullable=True),
        sa.Column("creation_key", sa.String(64), nullable=True),
    ],
    "membership": [
        sa.Column("seen_seq", BIG_INTEGER, nullable=False, server_default="0"),
        sa.Column("shelf", sa.String(8), nullable=True),
        sa.Column("shelved_seq", BIG_INTEGER, nullable=False, server_default="0"),
    ],
    "user": [sa.Column("shares_reads", sa.Boolean(), nullable=False, server_default=sa.true())],
}


def upgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, column)
    op.create_index("ix_conversation_member_key", "conversation", ["member_key"])
    op.create_index("uq_conversation_creation_key", "conversation", ["creation_key"], unique=True)
    fill(op.get_bind())


def fill(connection) -> None:
    """Counts and keys of the groups that are there. How far people had read was known to the others already."""
    connection.execute(sa.text("UPDATE membership SET seen_seq = last_read_seq"))
    connection.execute(
        sa.text(
            "UPDATE conversation SET member_count = (SELECT count(*) FROM membership"
            " WHERE membership.conversation_id = conversation.id AND membership.left_at IS NULL)"
        )
    )
    groups = connection.execute(sa.text("SELECT id, title FROM conversation WHERE kind = 'group'")).all()
    for conversation_id, title in groups:
        members = connection.scalars(
            sa.text("SELECT user_id FROM membership WHERE conversation_id = :id AND left_at IS NULL ORDER BY user_id"),
            {"id": conversation_id},
        )
        key = hashlib.sha256(",".join(map(str, members)).encode()).hexdigest()
        connection.execute(
            sa.text("UPDATE conversation SET member_key = :key, title_key = :title WHERE id = :id"),
            {"key": key, "title": " ".join(title.casefold().split()) if title else None, "id": conversation_id},
        )


def downgrade() -> None:
    op.drop_index("uq_conversation_creation_key", "conversation")
    op.drop_index("ix_conversation_member_key", "conversation")
    for table, columns in ADDED.items():
        for column in columns:
            op.drop_column(table, column.name)
