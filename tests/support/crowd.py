"""Many people, and accounts that are switched off, past the app: signing up hashes a password each time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from tests.support.database import Database
from tests.support.demo import stamp
from tests.support.people import Person, fresh_name


def make_crowd(database: Database, count: int) -> list[int]:
    """The ids of so many new people, who cannot log in."""
    stem = fresh_name("crowd")
    names = [f"{stem}.{number}" for number in range(count)]
    moment = stamp(datetime.now(UTC))
    database.execute_many(
        'INSERT INTO "user" (username, display_name, sort_key, password_hash, is_admin, is_active, created_at)'
        " VALUES (?, ?, ?, '', ?, ?, ?)",
        [(name, name, name, False, True, moment) for name in names],
    )
    return [row["id"] for row in database.rows('SELECT id FROM "user" WHERE username LIKE ? ORDER BY id', f"{stem}.%")]


def join_directly(database: Database, conversation_id: int, user_ids: Sequence[int]) -> None:
    """Make people members of a group without a word, its count included."""
    moment = stamp(datetime.now(UTC))
    database.execute_many(
        "INSERT INTO membership (conversation_id, user_id, role, last_read_seq, visible_from_seq, notify, joined_at)"
        " VALUES (?, ?, 'member', 0, 1, 'all', ?)",
        [(conversation_id, user_id, moment) for user_id in user_ids],
    )
    database.execute(
        "UPDATE conversation SET member_count = member_count + ? WHERE id = ?", len(user_ids), conversation_id
    )


def set_active(database: Database, user_id: int, is_active: bool) -> None:
    """Switch an account off or on."""
    database.execute('UPDATE "user" SET is_active = ? WHERE id = ?', is_active, user_id)


@contextmanager
def deactivated(database: Database, person: Person) -> Iterator[None]:
    """While it lasts, somebody's account is switched off."""
    set_active(database, person.id, False)
    try:
        yield
    finally:
        set_active(database, person.id, True)
