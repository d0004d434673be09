"""Who is called by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.chat.mentions import mentions_of
from chatapp.models.user import USERNAME_PATTERN


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("@ann", {"ann"}),
        ("hi @Ann, @BOB!", {"ann", "bob"}),
        ("(@ann) '@bob' **@dan**: @eve's", {"ann", "bob", "dan", "eve"}),
        ("a\n@ann\n", {"ann"}),
        ("done.@ann -@bob", {"ann", "bob"}),
        ("@a.b-c_d", {"a.b-c_d"}),
        ("ask @ann.", {"ann", "ann."}),
        ("ann@example.org x@ann", set()),
        ("https://example.org/@ann", set()),
        ("@@ann @ ann @-ann @ann@example.org", set()),
        ("@annö @ännchen ö@ann", set()),
        ("@" + "a" * 33, set()),
        ("@" + "a" * 32, {"a" * 32}),
        ("no one", set()),
    ],
)
def test_examples(body: str, expected: set[str]) -> None:
    assert mentions_of(body) == expected


@given(st.from_regex(USERNAME_PATTERN, fullmatch=True), st.sampled_from(["", "hi ", "\t", "("]), st.text(max_size=20))
def test_a_username_is_found_whatever_it_is(username: str, before: str, after: str) -> None:
    assert username.lower() in mentions_of(f"{before}@{username} {after}")


@given(st.text())
def test_anything_is_read(body: str) -> None:
    assert all(USERNAME_PATTERN.fullmatch(name) for name in mentions_of(body))
