"""Time, always UTC."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_TIME_OF_DAY = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


def now() -> datetime:
    """The present, aware, cut to milliseconds (what the wire can say)."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with milliseconds and ``Z``, e.g. ``2026-03-01T09:30:00.123Z``."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def zone(name: str) -> ZoneInfo | None:
    """The time zone of that name in the IANA database, if there is one; the name may be anything that came in."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: a folder of the database, such as "Europe"
        return None


def is_time_of_day(text: str) -> bool:
    """Whether it is one of 00:00 to 23:59."""
    return _TIME_OF_DAY.fullmatch(text) is not None
