"""People are found by the beginning of any word of their name, by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.String(256).with_variant(sa.String(256, collation="C"), "postgresql")
CHUNK = 5000


def upgrade() -> None:
    table = op.create_table(
        "name_start",
        sa.Column("start", TEXT, nullable=False),
        sa.Column("user_id", BIG_INTEGER, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_name_start_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("start", "user_id", name=op.f("pk_name_start")),
    )
    fill(op.get_bind(), table)
    op.create_index("ix_name_start_user_id_start", "name_start", ["user_id", "start"])


def fill(connection, table) -> None:
    user = sa.table("user", sa.column("id"), sa.column("username"), sa.column("sort_key"))
    last = 0
    while people := connection.execute(
        sa.select(user).where(user.c.id > last).order_by(user.c.id).limit(CHUNK)
    ).all():
        last = people[-1].id
        connection.execute(
            sa.insert(table),
            [
                {"start": start, "user_id": person.id}
                for person in people
                for start in sorted(starts_of(person.username, person.sort_key))
            ],
        )


def starts_of(username, sort_key):
    words = sort_key.split(" ")
    return {username.lower(), *(" ".join(words[place:]) for place in range(len(words)))}


def downgrade() -> None:
    op.drop_table("name_start")
