"""Many messages at once, made by the database itself."""

from __future__ import annotations

from sqlalchemy import ColumnElement, String, case, cast, func, insert, literal, select, update

from chatapp.extensions import db
from chatapp.lib.clock import now
from chatapp.models import Conversation, Membership, Message


def write(conversation_id: int, members: tuple[int, int], length: int) -> None:
    """Give an empty conversation ``length`` messages, read by both; within the caller's transaction."""
    numbers = select(literal(1).label("seq")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.seq + 1).where(numbers.c.seq < length))
    seq = numbers.c.seq
    rows = select(
        literal(conversation_id),
        seq,
        seq,
        literal("text"),
        case((seq % 2 == 0, members[0]), else_=members[1]),
        _random_text(),
        literal(now(), Message.__table__.c.created_at.type),
        literal("message ") + cast(seq, String) + literal("x" * 80),
    )
    columns = ["conversation_id", "seq", "version", "kind", "sender_id", "client_id", "created_at", "body"]
    db.session.execute(insert(Message).from_select(columns, rows))
    db.session.execute(
        update(Conversation).where(Conversation.id == conversation_id).values(last_seq=length, version=length)
    )
    db.session.execute(
        update(Membership).where(Membership.conversation_id == conversation_id).values(last_read_seq=length)
    )


def _random_text() -> ColumnElement[str]:
    """As random, and as long, as the ids that browsers make: an index over them grows all over."""
    if db.engine.dialect.name == "sqlite":
        return func.lower(func.hex(func.randomblob(18)))
    return cast(func.gen_random_uuid(), String)
