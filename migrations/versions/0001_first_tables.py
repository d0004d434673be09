"""Accounts, log-ins, conversations, members and messages."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def sorted_text(length):
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table('conversation',
    sa.Column('id', BIG_INTEGER, nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('title', sa.String(length=128), nullable=True),
    sa.Column('pair_key', sa.String(length=48), nullable=True),
    sa.Column('last_seq', BIG_INTEGER, nullable=False),
    sa.Column('version', BIG_INTEGER, nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('active_at', MOMENT, nullable=False),
    sa.CheckConstraint("(kind = 'direct') = (pair_key IS NOT NULL)", name=op.f('ck_conversation_pair_key_of_direct')),
    sa.CheckConstraint("kind IN ('direct', 'group')", name=op.f('ck_conversation_kind_known')),
    sa.CheckConstraint('last_seq >= 0 AND version >= last_seq', name=op.f('ck_conversation_counters_sane')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversation')),
    sa.UniqueConstraint('pair_key', name=op.f('uq_conversation_pair_key'))
    )
    op.create_index('ix_conversation_active_at_id', 'conversation', ['active_at', 'id'], unique=False)

    op.create_table('user',
    sa.Column('id', BIG_INTEGER, nullable=False),
    sa.Column('username', sorted_text(32), nullable=False),
    sa.Column('display_name', sa.String(length=64), nullable=False),
    sa.Column('sort_key', sorted_text(256), nullable=False),
    sa.Column('password_hash', sa.String(length=256), nullable=False),
    sa.Column('is_admin', sa.Boolean(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('last_seen_at', MOMENT, nullable=True),
    sa.CheckConstraint('length(username) > 0', name=op.f('ck_user_username_not_empty')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user'))
    )
    op.create_index('uq_user_username_lower', 'user', [sa.text('lower(username)')], unique=True)
    op.create_index('ix_user_sort_key_id', 'user', ['sort_key', 'id'], unique=False)

    op.create_table('login',
    sa.Column('id', BIG_INTEGER, nullable=False),
    sa.Column('user_id', BIG_INTEGER, nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('device', sa.String(length=256), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('last_used_at', MOMENT, nullable=False),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.Column('end_reason', sa.String(length=32), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_login_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_login_token_hash'))
    )
    op.create_index('ix_login_user_id_ended_at', 'login', ['user_id', 'ended_at'], unique=False)

    op.create_table('membership',
    sa.Column('conversation_id', BIG_INTEGER, nullable=False),
    sa.Column('user_id', BIG_INTEGER, nullable=False),
    sa.Column('role', sa.String(length=8), nullable=False),
    sa.Column('last_read_seq', BIG_INTEGER, nullable=False),
    sa.Column('visible_from_seq', BIG_INTEGER, nullable=False),
    sa.Column('notify', sa.String(length=8), nullable=False),
    sa.Column('joined_at', MOMENT, nullable=False),
    sa.Column('left_at', MOMENT, nullable=True),
    sa.CheckConstraint("notify IN ('all', 'mentions', 'nothing')", name=op.f('ck_membership_notify_known')),
    sa.CheckConstraint("role IN ('owner', 'member')", name=op.f('ck_membership_role_known')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_membership_conversation_id_conversation'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_membership_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('conversation_id', 'user_id', name=op.f('pk_membership'))
    )
    op.create_index('ix_membership_user_id', 'membership', ['user_id', 'left_at'], unique=False)

    op.create_table('message',
    sa.Column('id', BIG_INTEGER, nullable=False),
    sa.Column('conversation_id', BIG_INTEGER, nullable=False),
    sa.Column('seq', BIG_INTEGER, nullable=False),
    sa.Column('version', BIG_INTEGER, nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('sender_id', BIG_INTEGER, nullable=False),
    sa.Column('client_id', sa.String(length=36), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('edited_at', MOMENT, nullable=True),
    sa.Column('deleted_at', MOMENT, nullable=True),
    sa.Column('reply_to_seq', BIG_INTEGER, nullable=True),
    sa.CheckConstraint("kind IN ('text', 'system')", name=op.f('ck_message_kind_known')),
    sa.CheckConstraint('seq >= 1 AND version >= seq', name=op.f('ck_message_numbers_sane')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_message_conversation_id_conversation'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['sender_id'], ['user.id'], name=op.f('fk_message_sender_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    sa.UniqueConstraint('conversation_id', 'seq', name=op.f('uq_message_conversation_id_seq')),
    sa.UniqueConstraint('client_id', 'sender_id', name=op.f('uq_message_client_id_sender_id'))
    )
    op.create_index('uq_message_conversation_id_version', 'message', ['conversation_id', 'version'], unique=True)


def downgrade() -> None:
    for table in ("message", "membership", "login", "user", "conversation"):
        op.drop_table(table)
