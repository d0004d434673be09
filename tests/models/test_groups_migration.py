"""What is there before groups are known to the tables is there afterwards, counted and found."""

from collections.abc import Callable
from typing import Any

import pytest

from chatapp.models import Conversation
from tests.support.database import Database

MOMENT = "2026-05-04 03:02:01.000000"
DIRECT, GROUP, EMPTY = 1, 2, 3
# conversation, person, role, last_read_seq, left_at
MEMBERS = [
    (DIRECT, 1, "member", 2, None),
    (DIRECT, 2, "member", 1, None),
    (GROUP, 1, "owner", 3, None),
    (GROUP, 3, "member", 0, None),
    (GROUP, 2, "member", 2, MOMENT),
    (GROUP, 10, "member", 1, None),
    (EMPTY, 1, "owner", 0, MOMENT),
]
Flask = Callable[..., str]


@pytest.fixture
def filled(empty: Database, flask: Flask) -> Database:
    """As of 0004: two people who talk, a group that somebody has left, and one that everybody has."""
    flask("db", "upgrade", "0004")
    empty.execute_many(
        'INSERT INTO "user" (id, username, display_name, sort_key, password_hash, is_admin, is_active, created_at)'
        " VALUES (?, ?, ?, ?, '', ?, ?, ?)",
        [(number, f"p{number}", f"P{number}", f"p{number}", False, True, MOMENT) for number in (1, 2, 3, 10)],
    )
    empty.execute_many(
        "INSERT INTO conversation (id, kind, title, pair_key, last_seq, version, created_at, active_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (DIRECT, "direct", None, "1:2", 2, 3, MOMENT, MOMENT),
            (GROUP, "group", "Große  Runde", None, 3, 3, MOMENT, MOMENT),
            (EMPTY, "group", None, None, 0, 0, MOMENT, MOMENT),
        ],
    )
    empty.execute_many(
        "INSERT INTO membership"
        " (conversation_id, user_id, role, last_read_seq, visible_from_seq, notify, joined_at, left_at)"
        " VALUES (?, ?, ?, ?, 1, 'all', ?, ?)",
        [(*columns, MOMENT, left_at) for *columns, left_at in MEMBERS],
    )
    empty.execute_many(
        "INSERT INTO message (conversation_id, seq, version, kind, sender_id, client_id, body, created_at)"
        " VALUES (?, ?, ?, 'text', 1, ?, ?, ?)",
        [
            (conversation, seq, seq, f"{conversation}-{seq}", f"line {seq}", MOMENT)
            for conversation, count in ((DIRECT, 2), (GROUP, 3))
            for seq in range(1, count + 1)
        ],
    )
    return empty


def messages(database: Database) -> list[dict[str, Any]]:
    """Without what later migrations have added."""
    rows = database.rows("SELECT * FROM message ORDER BY conversation_id, seq")
    return [{name: value for name, value in row.items() if name != "attachment_count"} for row in rows]


def test_counts_keys_and_marks_are_filled_in(filled: Database, flask: Flask) -> None:
    before = messages(filled)
    flask("db", "upgrade")
    found = {row["id"]: row for row in filled.rows("SELECT * FROM conversation")}
    assert {key: row["member_count"] for key, row in found.items()} == {DIRECT: 2, GROUP: 3, EMPTY: 0}
    assert found[DIRECT]["member_key"] is None
    assert found[GROUP]["member_key"] == Conversation.key_of_members([10, 3, 1])
    assert found[GROUP]["title_key"] == "grosse runde"
    assert (found[GROUP]["title"], found[EMPTY]["title_key"]) == ("Große  Runde", None)
    for row in found.values():
        assert (row["members_version"], row["creation_key"]) == (0, None)
    marks = filled.rows("SELECT * FROM membership ORDER BY conversation_id, user_id")
    assert [row["seen_seq"] for row in marks] == [row["last_read_seq"] for row in marks] == [2, 1, 3, 2, 0, 1, 0]
    assert {(row["shelf"], row["shelved_seq"]) for row in marks} == {(None, 0)}
    people = filled.rows('SELECT shares_reads FROM "user"')
    assert [bool(row["shares_reads"]) for row in people] == [True] * 4
    assert messages(filled) == before


@pytest.mark.thorough
def test_the_way_back_loses_no_message_and_no_member(filled: Database, flask: Flask) -> None:
    tables = {
        "message": messages(filled),
        "membership": filled.rows("SELECT * FROM membership ORDER BY conversation_id, user_id"),
        "conversation": filled.rows("SELECT * FROM conversation ORDER BY id"),
        "user": filled.rows('SELECT * FROM "user" ORDER BY id'),
    }
    flask("db", "upgrade")
    flask("db", "downgrade", "0004")
    assert messages(filled) == tables["message"]
    assert filled.rows("SELECT * FROM membership ORDER BY conversation_id, user_id") == tables["membership"]
    assert filled.rows("SELECT * FROM conversation ORDER BY id") == tables["conversation"]
    assert filled.rows('SELECT * FROM "user" ORDER BY id') == tables["user"]
    flask("db", "upgrade")
    assert filled.rows("SELECT member_count FROM conversation WHERE id = ?", GROUP) == [{"member_count": 3}]
