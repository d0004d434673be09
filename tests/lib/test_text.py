import pytest

from chatapp.lib.text import fold, is_storable


@pytest.mark.parametrize("text", ["", "hello", "Grüße", "👩‍👩‍👧", "مرحبا", "\U0010ffff", "\u0001"])
def test_what_every_database_can_keep(text: str) -> None:
    assert is_storable(text)


@pytest.mark.parametrize("text", ["\x00", "a\x00b", chr(0xD800), chr(0xDFFF), "ok" + chr(0xD83D)])
def test_what_not_every_database_can_keep(text: str) -> None:
    assert not is_storable(text)


def test_fold_ignores_case_and_spaces() -> None:
    assert fold("  Ann   MARIE ") == fold("ann marie")
    assert fold("STRASSE") == fold("Straße")
