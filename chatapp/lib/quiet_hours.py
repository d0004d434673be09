"""The hours in which somebody wants to hear nothing, by the clock on their wall."""

from __future__ import annotations

from datetime import UTC, datetime

from chatapp.lib.clock import zone


def is_quiet(moment: datetime, time_zone: str | None, start: int | None, end: int | None) -> bool:
    """Whether an aware moment lies in them: from ``start`` up to, but not at, ``end``, in minutes of the day there.

    Over midnight where ``start`` is the later one; never where both are the same, or there are none. The wall's clock
    is asked, whatever is done to it: an hour that comes twice is quiet twice, one that is skipped is not missed.
    """
    if start is None or end is None:
        return False
    there = moment.astimezone((zone(time_zone) if time_zone else None) or UTC)
    minute = there.hour * 60 + there.minute
    if start <= end:
        return start <= minute < end
    return minute >= start or minute < end
