"""The time zones of the IANA database as people pick them: by region."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from zoneinfo import available_timezones

REGIONS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic"),
    *("Australia", "Europe", "Indian", "Pacific"),
)


@cache
def by_region() -> dict[str, list[tuple[str, str]]]:
    """Region -> (name, what to call it there), such as ("America/Argentina/Ushuaia", "Argentina, Ushuaia")."""
    names = sorted(name for name in available_timezones() if name.split("/")[0] in REGIONS and "/" in name)
    groups = groupby(names, key=lambda name: name.split("/")[0])
    return {region: [(name, _place(name)) for name in found] for region, found in groups}


def _place(name: str) -> str:
    return ", ".join(name.split("/")[1:]).replace("_", " ")
