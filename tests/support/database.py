"""What is really stored, read past the app."""

import sqlite3
from pathlib import Path
from typing import Any


def rows(database: Path, query: str, *values: Any) -> list[dict[str, Any]]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    try:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query, values)]
    finally:
        connection.close()


def stored_messages(database: Path, conversation_id: int) -> list[dict[str, Any]]:
    return rows(
        database,
        "SELECT * FROM message WHERE conversation_id = ? ORDER BY seq",
        conversation_id,
    )
