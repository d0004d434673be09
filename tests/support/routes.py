"""The URL map, as the app itself tells it."""

import re
from functools import cache

from tests.support.server import run_flask


@cache
def all_routes() -> list[tuple[str, set[str]]]:
    """(rule, methods) of every route but the static files."""
    found = []
    for line in run_flask("routes").splitlines():
        parts = re.fullmatch(r"(\S+)\s{2,}([A-Z, ]+?)\s{2,}(/\S*)\s*", line)
        if parts and "static" not in parts[1]:
            found.append((parts[3], set(parts[2].split(", "))))
    assert any(rule == "/login" for rule, _ in found), "could not read the URL map"
    return found


def fill_in(rule: str, *, conversation_id: int, username: str) -> str:
    """A path that fits the rule."""
    path = re.sub(r"<[^<>]*conversation_id>", str(conversation_id), rule)
    path = re.sub(r"<[^<>]*username>", username, path)
    path = re.sub(r"<(?:int|row_id):[^<>]+>", "1", path)
    return re.sub(r"<[^<>]+>", "x", path)
