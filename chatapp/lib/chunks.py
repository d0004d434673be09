"""Long lists in pieces."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """``items`` in order, in runs of at most ``size``."""
    return (items[start : start + size] for start in range(0, len(items), size))
