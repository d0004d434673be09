"""Quiet hours by the clock on the wall: over midnight, and when summer time comes and goes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.lib.quiet_hours import is_quiet

MINUTES = st.integers(0, 24 * 60 - 1)
YEARS = [datetime.fromisoformat(day) for day in ("2020-01-01", "2035-01-01")]
MOMENTS = st.datetimes(*YEARS).map(lambda moment: moment.replace(tzinfo=UTC))
ZONES = st.sampled_from(sorted(available_timezones() - {"localtime"}))


def minutes(clock: str) -> int:
    hours, _, rest = clock.partition(":")
    return int(hours) * 60 + int(rest)


@given(MOMENTS, ZONES, MINUTES, MINUTES)
def test_each_moment_is_in_the_hours_or_in_the_others(moment: datetime, zone: str, start: int, end: int) -> None:
    if start == end:
        assert not is_quiet(moment, zone, start, end)
    else:
        assert is_quiet(moment, zone, start, end) != is_quiet(moment, zone, end, start)


@given(MOMENTS, ZONES, MINUTES, MINUTES)
def test_by_the_clock_on_the_wall(moment: datetime, zone: str, start: int, end: int) -> None:
    """As somebody would see who steps through the minutes from the start."""
    there = moment.astimezone(ZoneInfo(zone))
    minute, quiet = start, set()
    while minute != end:
        quiet.add(minute)
        minute = (minute + 1) % (24 * 60)
    assert is_quiet(moment, zone, start, end) == (there.hour * 60 + there.minute in quiet)


@pytest.mark.parametrize(
    ("moment", "zone", "hours", "expected"),
    [
        # Both ends: from the first minute, up to the last.
        ("2026-06-01 20:00", "Europe/Berlin", "22:00-07:00", True),
        ("2026-06-01 19:59:59", "Europe/Berlin", "22:00-07:00", False),
        ("2026-06-02 04:59:59", "Europe/Berlin", "22:00-07:00", True),
        ("2026-06-02 05:00", "Europe/Berlin", "22:00-07:00", False),
        # In winter an hour later.
        ("2026-01-01 20:30", "Europe/Berlin", "22:00-07:00", False),
        ("2026-01-02 05:30", "Europe/Berlin", "22:00-07:00", True),
        # The night in which 02:00 becomes 03:00: quiet until 02:30 ends with the jump.
        ("2026-03-29 00:59", "Europe/Berlin", "22:00-02:30", True),
        ("2026-03-29 01:00", "Europe/Berlin", "22:00-02:30", False),
        ("2026-03-29 01:00", "Europe/Berlin", "02:15-02:45", False),
        # The night in which 02:30 comes twice: both are quiet.
        ("2026-10-25 00:30", "Europe/Berlin", "02:15-02:45", True),
        ("2026-10-25 01:30", "Europe/Berlin", "02:15-02:45", True),
        ("2026-10-25 01:00", "Europe/Berlin", "02:15-02:45", False),
        # Without a zone by UTC; a zone that is no more, too.
        ("2026-06-01 22:00", None, "22:00-07:00", True),
        ("2026-06-01 22:00", "Mars/Olympus", "22:00-07:00", True),
        # Half hours, and the other side of the day.
        ("2026-06-01 17:00", "Asia/Kolkata", "22:30-06:00", True),
        ("2026-06-01 09:59", "Pacific/Kiritimati", "00:00-06:00", False),
        ("2026-06-01 10:00", "Pacific/Kiritimati", "00:00-06:00", True),
    ],
)
def test_examples(moment: str, zone: str | None, hours: str, expected: bool) -> None:
    start, _, end = hours.partition("-")
    present = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert is_quiet(present, zone, minutes(start), minutes(end)) is expected


def test_a_night_has_as_many_quiet_minutes_as_its_clock() -> None:
    """From noon to noon, 22:00 to 07:00 in Berlin are 9 hours, and 8 or 10 when the clock is changed."""
    found = {}
    for day in ("2026-06-01", "2026-03-28", "2026-10-24"):
        noon = datetime.fromisoformat(f"{day} 10:00").replace(tzinfo=UTC)
        moments = [noon + timedelta(minutes=minute) for minute in range(24 * 60)]
        found[day] = sum(is_quiet(moment, "Europe/Berlin", minutes("22:00"), minutes("07:00")) for moment in moments)
    assert found == {"2026-06-01": 540, "2026-03-28": 480, "2026-10-24": 600}


def test_without_both_ends_never() -> None:
    for start, end in ((None, None), (None, 60), (60, None)):
        assert not is_quiet(datetime(2026, 1, 1, 0, 30, tzinfo=UTC), None, start, end)
