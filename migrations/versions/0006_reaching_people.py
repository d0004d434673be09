"""What reaches people: pictures and settings of one's own, changes of people, push subscriptions."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

ADDED = {
    "user": [
        sa.Column("avatar_hash", sa.String(32), nullable=True),
        sa.Column("time_zone", sa.String(64), nullable=True),
        sa.Column("shares_presence", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("quiet_from", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_until", sa.SmallInteger(), nullable=True),
        sa.Column("push_shows_text", sa.Boolean(), nullable=False, server_default=sa.true()),
    ],
    "membership": [sa.Column("notified_seq", BIG_INTEGER, nullable=True)],
}


def upgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "avatar",
        sa.Column("user_id", BIG_INTEGER, nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_avatar_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name="pk_avatar"),
    )
    op.create_table(
        "user_change",
        sa.Column("id", BIG_INTEGER, nullable=False),
        sa.Column("user_id", BIG_INTEGER, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_user_change_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_user_change"),
    )
    op.create_index("ix_user_change_user_id", "user_change", ["user_id"])
    op.create_table(
        "push_subscription",
        sa.Column("id", BIG_INTEGER, nullable=False),
        sa.Column("user_id", BIG_INTEGER, nullable=False),
        sa.Column("login_id", BIG_INTEGER, nullable=False),
        sa.Column("endpoint", sa.String(2048), nullable=False),
        sa.Column("endpoint_hash", sa.String(64), nullable=False),
        sa.Column("p256dh", sa.String(128), nullable=False),
        sa.Column("auth", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("paused_until", MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_push_subscription_user_id_user", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name="fk_push_subscription_login_id_login", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_push_subscription"),
        sa.UniqueConstraint("endpoint_hash", name="uq_push_subscription_endpoint_hash"),
    )
    op.create_index("ix_push_subscription_user_id", "push_subscription", ["user_id"])
    op.create_index("ix_push_subscription_login_id", "push_subscription", ["login_id"])
    op.create_table(
        "server_key",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_server_key"),
    )


def downgrade() -> None:
    for table in ("server_key", "push_subscription", "user_change", "avatar"):
        op.drop_table(table)
    for table, columns in ADDED.items():
        for column in columns:
            op.drop_column(table, column.name)
