"""Which version of each conversation has been emitted here, to notice broadcasts that were lost; and which
``members_version`` its room stands for, to notice that somebody may not be in it any more.

The database is asked every few seconds; a conversation that stays ahead of what was emitted for a whole
round is told to its room with ``head``, and the browsers ask for what they miss.
"""

from __future__ import annotations

from collections.abc import Iterable

from chatapp.models.types import MAX_INTEGER

_emitted: dict[int, int] = {}
_ahead: dict[int, int] = {}
_members: dict[int, int] = {}
_joined: dict[int, int] = {}


def watch(conversation_id: int, version: int, members_version: int) -> None:
    """Start watching at ``version``: whoever joins reads a snapshot at least that new.

    Somebody joined as of ``members_version``, so the room as a whole stands for nothing newer.
    """
    _emitted.setdefault(conversation_id, version)
    _members[conversation_id] = min(_members.get(conversation_id, members_version), members_version)
    _joined[conversation_id] = max(_joined.get(conversation_id, 0), version)


def forget(conversation_id: int) -> None:
    """Nobody here is in it any more."""
    _emitted.pop(conversation_id, None)
    _ahead.pop(conversation_id, None)
    _members.pop(conversation_id, None)
    _joined.pop(conversation_id, None)


def verifying(conversation_id: int) -> None:
    """Those in the room are looked up from now on: whoever joins meanwhile counts for ``verified``."""
    if conversation_id in _members:
        _members[conversation_id] = MAX_INTEGER


def verified(conversation_id: int, members_version: int) -> None:
    """All that were in the room at ``verifying`` are members as of ``members_version``."""
    if conversation_id in _members:
        _members[conversation_id] = min(_members[conversation_id], members_version)


def is_outdated(conversation_id: int, members_version: int) -> bool:
    """Whether the room stands for earlier members than these."""
    return members_version > _members.get(conversation_id, members_version)


def members_version(conversation_id: int) -> int:
    """The ``members_version`` for which the room stands."""
    return _members.get(conversation_id, 0)


def is_before_newest(conversation_id: int, version: int) -> bool:
    """Whether somebody has joined the room as of a later version than this."""
    return version < _joined.get(conversation_id, 0)


def emitted(conversation_id: int, version: int) -> None:
    """Note that the room has been told of ``version``."""
    if version > _emitted.get(conversation_id, version):
        _emitted[conversation_id] = version


def emitted_version(conversation_id: int) -> int:
    """How far the room has been told; 0 where nobody here is in it."""
    return _emitted.get(conversation_id, 0)


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
