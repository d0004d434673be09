"""Conversations with history, made through the app's own write path but without the waiting."""

import uuid
from datetime import UTC, datetime, timedelta

from tests.support.database import Database
from tests.support.people import Person
from tests.support.sockets import Socket


def send_many(socket: Socket, conversation_id: int, count: int, stem: str = "line") -> list[dict[str, object]]:
    """Sends `count` messages one after the other; gives back what was acked."""
    return [socket.send(conversation_id, f"{stem} {number}") for number in range(1, count + 1)]


def fill_conversation(
    database: Database, conversation_id: int, senders: list[Person], count: int, after: int = 0
) -> None:
    """Writes a long history straight into the tables, after what is there."""
    moment = datetime.now(UTC)
    database.execute_many(
        "INSERT INTO message (conversation_id, seq, version, kind, sender_id, client_id, body, created_at)"
        " VALUES (?, ?, ?, 'text', ?, ?, ?, ?)",
        (
            (
                conversation_id,
                after + seq,
                after + seq,
                senders[seq // 3 % len(senders)].id,
                str(uuid.uuid4()),
                f"line {seq}" + " and then some more words" * (seq % 7),
                stamp(moment - timedelta(seconds=(count - seq) * 30)),
            )
            for seq in range(1, count + 1)
        ),
    )
    database.execute(
        "UPDATE conversation SET last_seq = ?, version = ?, active_at = ? WHERE id = ?",
        *(after + count, after + count, stamp(moment), conversation_id),
    )
    database.execute(
        "UPDATE membership SET last_read_seq = ? WHERE conversation_id = ?", after + count, conversation_id
    )


def stamp(moment: datetime) -> str:
    """A time in UTC as both databases take it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
