"""Time, always UTC."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present, aware, cut to milliseconds (what the wire can say)."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with milliseconds and ``Z``, e.g. ``2026-03-01T09:30:00.123Z``."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
