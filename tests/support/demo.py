"""Conversations with history, made through the app's own write path but without the waiting."""

import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

from tests.support.people import Person
from tests.support.sockets import Socket


def send_many(socket: Socket, conversation_id: int, count: int, stem: str = "line") -> list[dict[str, object]]:
    """Sends `count` messages one after the other; gives back what was acked."""
    return [socket.send(conversation_id, f"{stem} {number}") for number in range(1, count + 1)]


def fill_conversation(database: Path, conversation_id: int, senders: list[Person], count: int) -> None:
    """Writes a long history straight into the tables; for a conversation that has none yet."""
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.executemany(
            "INSERT INTO message (conversation_id, seq, version, kind, sender_id, client_id, body, created_at)"
            " VALUES (?, ?, ?, 'text', ?, ?, ?, strftime('%Y-%m-%d %H:%M:%f', 'now', ? || ' seconds'))",
            (
                (
                    conversation_id,
                    seq,
                    seq,
                    senders[seq // 3 % len(senders)].id,
                    str(uuid.uuid4()),
                    f"line {seq}" + " and then some more words" * (seq % 7),
                    str((seq - count) * 30),
                )
                for seq in range(1, count + 1)
            ),
        )
        connection.execute(
            "UPDATE conversation SET last_seq = ?, version = ?, active_at = strftime('%Y-%m-%d %H:%M:%f', 'now')"
            " WHERE id = ?",
            (count, count, conversation_id),
        )
        connection.execute(
            "UPDATE membership SET last_read_seq = ? WHERE conversation_id = ?", (count, conversation_id)
        )
