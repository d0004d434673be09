import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.lib import cursors


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**53), 2**53))
def test_round_trip(name: str, number: int) -> None:
    assert cursors.decode(cursors.encode(name, number), str, int) == [name, number]


@given(st.text())
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    try:
        parts = cursors.decode(text, str, int)
    except ValueError:
        return
    assert [type(part) for part in parts] == [str, int]


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "%%%", "W10", cursors.encode("a"), cursors.encode(1, "a"), cursors.encode("a", 1, 1), "é", "bnVsbA"],
)
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the contract names no words)
        cursors.decode(cursor, str, int)


def test_a_deep_nest_is_refused() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 6000).decode().rstrip("=")
    with pytest.raises(ValueError):  # noqa: PT011
        cursors.decode(deep, str, int)
