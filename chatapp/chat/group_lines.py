"""The system lines of a group's history: who did what, in words."""

from __future__ import annotations

from collections.abc import Sequence

# So many are named; of more, the first two and a number.
_NAMED_MAX = 3


def made(actor: str, title: str | None) -> str:
    """The first line of a group."""
    return f"{actor} made the group {title}" if title else f"{actor} made the group"


def added(actor: str, names: Sequence[str]) -> str:
    """People were added."""
    return f"{actor} added {join_names(names)}"


def removed(actor: str, name: str) -> str:
    """Somebody was removed."""
    return f"{actor} removed {name}"


def left(actor: str) -> str:
    """Somebody left."""
    return f"{actor} left"


def renamed(actor: str, title: str) -> str:
    """The group has another name."""
    return f"{actor} named the group {title}"


def role_set(actor: str, name: str, role: str) -> str:
    """Somebody is an owner now, or no longer."""
    return f"{actor} made {name} {'an owner' if role == 'owner' else 'a member'}"


def join_names(names: Sequence[str]) -> str:
    """Dan; Dan and Eve; Dan, Eve and Bob; Dan, Eve and 7 others."""
    if len(names) > _NAMED_MAX:
        return f"{names[0]}, {names[1]} and {len(names) - 2} others"
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
