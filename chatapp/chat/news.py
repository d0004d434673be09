"""What has just happened here, for whoever tells people that have no page open.

Writers only put a number into a set; it is taken out, and looked at, in rounds of its own.
"""

from __future__ import annotations

from typing import NamedTuple


class News(NamedTuple):
    """What came together since it was last taken: conversations in which somebody wrote, and (conversation, person)
    whose read mark moved forward."""

    written: set[int]
    read: set[tuple[int, int]]


_news = News(set(), set())


def message_written(conversation_id: int) -> None:
    """Somebody's message has been saved."""
    _news.written.add(conversation_id)


def marked_read(conversation_id: int, user_id: int) -> None:
    """Somebody's read mark has moved forward."""
    _news.read.add((conversation_id, user_id))


def take() -> News:
    """All of it, which is then told nobody else."""
    global _news
    taken, _news = _news, News(set(), set())
    return taken
