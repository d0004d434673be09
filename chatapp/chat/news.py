"""What has just happened here, for whoever tells people that have no page open.

Writers only put a number into a set; it is taken out, and looked at, in rounds of its own.
"""

from __future__ import annotations

from typing import NamedTuple


class News(NamedTuple):
    """What came together since it was last taken: conversations in which somebody wrote; (conversation, person) whose
    read mark moved forward; and those of whom it went back, with the seq up to which they knew of everything then."""

    written: set[int]
    read: set[tuple[int, int]]
    unread: dict[tuple[int, int], int]


_news = News(set(), set(), {})


def message_written(conversation_id: int) -> None:
    """Somebody's message has been saved."""
    _news.written.add(conversation_id)


def marked_read(conversation_id: int, user_id: int) -> None:
    """Somebody's read mark has moved forward."""
    _news.read.add((conversation_id, user_id))


def marked_unread(conversation_id: int, user_id: int, last_seq: int) -> None:
    """Somebody's read mark has gone back, by their own wish, when this was the last message."""
    _news.unread[conversation_id, user_id] = last_seq


def take() -> News:
    """All of it, which is then told nobody else."""
    global _news
    taken, _news = _news, News(set(), set(), {})
    return taken
