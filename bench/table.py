"""Tables as they are read on a terminal and pasted into Markdown."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence


def say(text: str) -> None:
    """Progress, apart from the results."""
    print(f"  {text}", file=sys.stderr, flush=True)


def title(text: str, *notes: str) -> None:
    """The head of a run."""
    print(f"\n## {text}", *notes, "", sep="\n", flush=True)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Names to the left, figures to the right."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    _line([name.ljust(width) for name, width in zip(head, widths, strict=True)])
    _line(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    for row in rows:
        _line([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))])
    print(flush=True)


def _line(cells: Sequence[str]) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


def number(value: float | None, digits: int = 0) -> str:
    """With commas; a dash for what does not apply."""
    return "–" if value is None else f"{value:,.{digits}f}"


def ratio(part: float | None, whole: float | None) -> str:
    """``part / whole``, where there are both."""
    return number(part / whole, 2) if part is not None and whole else "–"


def target(value: float | None, most: float | None = None, least: float | None = None) -> str:
    """The target, and whether it was met."""
    wanted = f"≤ {most:g}" if most is not None else f"≥ {least:g}"
    if value is None:
        return f"{wanted}: not measured"
    is_met = value <= most if most is not None else value >= (least or 0)
    return f"{wanted}: {'met' if is_met else 'missed'}"


def machine() -> str:
    """What the figures belong to."""
    import os

    return f"{os.cpu_count()} cores, Python {platform.python_version()}"
