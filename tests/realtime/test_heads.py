"""Lost broadcasts are noticed once, and only they."""

from collections.abc import Iterator

import pytest

from chatapp.realtime import heads

CONVERSATION = 7


@pytest.fixture(autouse=True)
def watched() -> Iterator[None]:
    heads.watch(CONVERSATION, 10, 0)
    yield
    heads.forget(CONVERSATION)


def rounds(*versions: int) -> list[list[tuple[int, int]]]:
    return [heads.missed([(CONVERSATION, version)]) for version in versions]


def test_what_was_emitted_is_not_missed() -> None:
    heads.emitted(CONVERSATION, 11)
    assert rounds(11, 11, 11) == [[], [], []]


def test_what_stays_ahead_for_a_whole_round_is_told_once() -> None:
    assert rounds(11, 11, 11) == [[], [(CONVERSATION, 11)], []]


def test_a_broadcast_that_is_only_on_its_way_is_not_told() -> None:
    assert rounds(11) == [[]]
    heads.emitted(CONVERSATION, 11)
    assert rounds(11, 11) == [[], []]


def test_a_conversation_that_goes_on_is_told_of_what_it_missed() -> None:
    assert rounds(11, 12) == [[], [(CONVERSATION, 12)]]


def test_what_nobody_here_is_in_is_not_asked_about() -> None:
    heads.forget(CONVERSATION)
    assert heads.watched() == []
    assert rounds(99, 99) == [[], []]
