"""Whether the database is in itself as it should be, and whether pages hold what is in it."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from tests.support.database import Database

SHARED = ("kind", "title", "members", "member_count", "last_seq", "version", "active_at")
UNREAD_CAP = 100
# What must find nothing.
IMPOSSIBLE = {
    "numbers have holes": """
        SELECT conversation.id, last_seq, conversation.version, count(message.id) AS found, max(seq) AS highest
        FROM conversation LEFT JOIN message ON message.conversation_id = conversation.id
        GROUP BY conversation.id, last_seq, conversation.version
        HAVING count(message.id) <> last_seq OR coalesce(max(seq), 0) <> last_seq
            OR coalesce(max(message.version), 0) <> conversation.version
    """,
    "something is double": "SELECT sender_id, client_id FROM message GROUP BY sender_id, client_id HAVING count(*) > 1",
    "active at another moment": """
        SELECT conversation.id, active_at, message.created_at FROM conversation
        JOIN message ON message.conversation_id = conversation.id AND seq = last_seq
        WHERE active_at <> message.created_at
    """,
    "members are miscounted": """
        SELECT id, member_count, (
            SELECT count(*) FROM membership WHERE conversation_id = conversation.id AND left_at IS NULL
        ) AS counted FROM conversation WHERE member_count <> (
            SELECT count(*) FROM membership WHERE conversation_id = conversation.id AND left_at IS NULL
        )
    """,
    "a group without an owner": """
        SELECT id FROM conversation WHERE kind = 'group' AND member_count > 0 AND NOT EXISTS (
            SELECT 1 FROM membership WHERE conversation_id = conversation.id AND left_at IS NULL AND role = 'owner'
        )
    """,
    "marks out of bounds": """
        SELECT membership.* FROM membership JOIN conversation ON conversation.id = conversation_id
        WHERE left_at IS NULL AND (
            last_read_seq < visible_from_seq - 1 OR last_read_seq > last_seq OR seen_seq > last_seq
        )
    """,
}
OWN = """
    SELECT conversation_id, title, member_count, last_seq, version, role, last_read_seq, visible_from_seq, notify,
        CASE WHEN last_seq <= shelved_seq THEN shelf END AS shelf,
        (SELECT count(*) FROM message WHERE message.conversation_id = conversation.id AND seq > last_read_seq
            AND sender_id <> membership.user_id AND message.kind = 'text' AND deleted_at IS NULL) AS unread
    FROM membership JOIN conversation ON conversation.id = conversation_id
    WHERE membership.user_id = ? AND left_at IS NULL AND (conversation.kind = 'group' OR last_seq > 0)
"""


class Authors:
    """Who wrote what. A read mark says the same wherever it stands among messages of one's own: whether it is moved
    on by them depends on which of two came first, a mark or a message, and pages may hear of them the other way round.
    """

    def __init__(self, database: Database) -> None:
        self._senders: dict[int, list[int]] = defaultdict(list)
        for row in database.rows("SELECT conversation_id, sender_id FROM message ORDER BY conversation_id, seq"):
            self._senders[row["conversation_id"]].append(row["sender_id"])

    def reach(self, conversation_id: int, user_id: int, seq: int) -> int:
        """A mark moved on to before the next message of somebody else."""
        senders = self._senders[conversation_id]
        while seq < len(senders) and senders[seq] == user_id:
            seq += 1
        return seq


def inconsistencies(database: Database) -> Iterator[str]:
    """What must not be in a database."""
    for what, query in IMPOSSIBLE.items():
        yield from (f"{what}: {row}" for row in database.rows(query))


def not_as_stored(database: Database, user_id: int, held: dict[str, Any], authors: Authors) -> Iterator[str]:
    """Where a page's state is not what is stored for its person."""
    stored = {row.pop("conversation_id"): row for row in database.rows(OWN, user_id)}
    known = {int(key): one for key, one in held["conversations"].items() if one["kind"] == "group" or one["last_seq"]}
    yield from (f"{key} is held, and is not one's own" for key in known.keys() - stored.keys())
    yield from (f"{key} is missing" for key in stored.keys() - known.keys())
    for key in known.keys() & stored.keys():
        truth = {**stored[key], "unread": min(UNREAD_CAP, stored[key]["unread"])}
        for one in (known[key], truth):
            one["last_read_seq"] = authors.reach(key, user_id, one["last_read_seq"])
        yield from (
            f"{key}.{name}: {known[key][name]!r} is held, {value!r} is stored"
            for name, value in truth.items()
            if known[key][name] != value
        )
    for key, window in held["windows"].items():
        yield from _wrong_messages(database, int(key), window["messages"])
        if window["isOpen"]:
            yield from _wrong_marks(database, int(key), held["conversations"][key].get("reads", {}), authors)


def apart(one: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    """Where two pages see what they share in two ways."""
    for key in one["conversations"].keys() & other["conversations"].keys():
        mine, yours = one["conversations"][key], other["conversations"][key]
        yield from (f"{key}.{name}: {mine[name]!r}, {yours[name]!r}" for name in SHARED if mine[name] != yours[name])
        seen = [
            {line["seq"]: line for line in page["windows"].get(key, {}).get("messages", [])} for page in (one, other)
        ]
        yield from (
            f"{key}, message {seq}: {seen[0][seq]}, {seen[1][seq]}"
            for seq in seen[0].keys() & seen[1].keys()
            if seen[0][seq] != seen[1][seq]
        )


def faults_of(database: Database, pages: dict[str, tuple[int, dict[str, Any]]], authors: Authors) -> list[str]:
    """All that is wrong with the pages of some people, by name: (user id, state)."""
    found = list(inconsistencies(database))
    for name, (user_id, held) in pages.items():
        found += [f"{name}: {line}" for line in not_as_stored(database, user_id, held, authors)]
    for (name, (_, one)), (other_name, (_, other)) in combinations(pages.items(), 2):
        found += [f"{name} and {other_name}: {line}" for line in apart(one, other)]
    return found


def _wrong_marks(database: Database, conversation_id: int, reads: dict[str, int], authors: Authors) -> Iterator[str]:
    """Others' marks are never too far, nor of those who are gone."""
    query = "SELECT user_id, seen_seq FROM membership WHERE conversation_id = ? AND left_at IS NULL"
    seen = {str(row["user_id"]): row["seen_seq"] for row in database.rows(query, conversation_id)}
    for user_id, seq in reads.items():
        if seq > authors.reach(conversation_id, int(user_id), seen.get(user_id, -1)):
            yield f"{conversation_id}.reads.{user_id}: {seq} is held, {seen.get(user_id)} is stored"


def _wrong_messages(database: Database, conversation_id: int, messages: list[dict[str, Any]]) -> Iterator[str]:
    if not messages:
        return
    first, last = messages[0]["seq"], messages[-1]["seq"]
    query = (
        "SELECT id, seq, sender_id, body FROM message WHERE conversation_id = ? AND seq BETWEEN ? AND ? ORDER BY seq"
    )
    stored = database.rows(query, conversation_id, first, last)
    held = [{name: message[name] for name in ("id", "seq", "sender_id", "body")} for message in messages]
    if held != stored:
        yield f"messages {first} to {last} of {conversation_id}: {held} are held, {stored} are stored"
