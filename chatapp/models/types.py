"""Column types shared by the tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Integer, String, TypeDecorator
from sqlalchemy.orm import mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment, also on SQLite, which keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value


def sorted_text(length: int) -> String:
    """Text that is compared by its code points, on every database: what PostgreSQL calls the collation C.

    So pages by key come out alike everywhere, lower() touches ASCII only, and a range finds a prefix by its index.
    """
    return String(length).with_variant(String(length, collation="C"), "postgresql")


# Beyond what JavaScript counts exactly, and within what every database column takes.
MAX_INTEGER = 2**53 - 1

# SQLite numbers rows by itself only in a column of type INTEGER.
BigInt = BigInteger().with_variant(Integer, "sqlite")
Id = Annotated[int, mapped_column(BigInt, primary_key=True)]
Moment = Annotated[datetime, mapped_column(UtcDateTime)]
