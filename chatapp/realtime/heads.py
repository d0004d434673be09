"""Which version of each conversation has been emitted here, to notice broadcasts that were lost.

The database is asked every few seconds; a conversation that stays ahead of what was emitted for a whole
round is told to its room with ``head``, and the browsers ask for what they miss.
"""

from __future__ import annotations

from collections.abc import Iterable

_emitted: dict[int, int] = {}
_ahead: dict[int, int] = {}


def watch(conversation_id: int, version: int) -> None:
    """Start watching at ``version``: whoever joins reads a snapshot at least that new."""
    _emitted.setdefault(conversation_id, version)


def forget(conversation_id: int) -> None:
    """Nobody here is in it any more."""
    _emitted.pop(conversation_id, None)
    _ahead.pop(conversation_id, None)


def emitted(conversation_id: int, version: int) -> None:
    """Note that the room has been told of ``version``."""
    if version > _emitted.get(conversation_id, version):
        _emitted[conversation_id] = version


def is_watched(conversation_id: int) -> bool:
    """Whether somebody here is in it."""
    return conversation_id in _emitted


def is_ahead(conversation_id: int, version: int) -> bool:
    """Whether ``version`` lies beyond what was emitted here of a conversation with a member here."""
    return version > _emitted.get(conversation_id, version)


def ahead() -> list[int]:
    """Those that the last round found ahead."""
    return list(_ahead)


def watched() -> list[int]:
    """The conversations with a member here."""
    return list(_emitted)


def missed(current: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """(conversation, version) of those that stayed behind since the last round, given the present versions."""
    lost = []
    for conversation_id, version in current:
        known = _emitted.get(conversation_id)
        if known is None or version <= known:
            _ahead.pop(conversation_id, None)
        elif _ahead.get(conversation_id, 0) > known:  # last round's version has still not been emitted
            del _ahead[conversation_id]
            _emitted[conversation_id] = version
            lost.append((conversation_id, version))
        else:
            _ahead[conversation_id] = version
    return lost
