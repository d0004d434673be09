from datetime import UTC, datetime, timedelta, timezone

from chatapp.lib.clock import iso, now


def test_now_is_utc_in_milliseconds() -> None:
    moment = now()
    assert moment.tzinfo is UTC
    assert moment.microsecond % 1000 == 0


def test_iso_says_utc_with_milliseconds() -> None:
    assert iso(datetime(2026, 3, 1, 9, 30, 0, 123000, UTC)) == "2026-03-01T09:30:00.123Z"
    assert iso(datetime(2026, 3, 1, 9, 30, tzinfo=UTC)) == "2026-03-01T09:30:00.000Z"


def test_iso_converts_other_zones() -> None:
    east = timezone(timedelta(hours=2))
    assert iso(datetime(2026, 3, 1, 1, 0, tzinfo=east)) == "2026-02-28T23:00:00.000Z"


def test_iso_of_nothing_is_nothing() -> None:
    assert iso(None) is None
