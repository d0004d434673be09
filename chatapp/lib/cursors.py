"""Opaque cursors for paging by key: a JSON list, base64url."""

import base64
import binascii
import json
from typing import Any


def encode(*parts: str | int) -> str:
    """A cursor that stands for the last row shown."""
    return base64.urlsafe_b64encode(json.dumps(parts, ensure_ascii=False).encode()).decode().rstrip("=")


def decode(cursor: str, *types: type) -> list[Any]:
    """The parts of a cursor made by ``encode``; ``ValueError`` when it is not one with these types."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, UnicodeError, json.JSONDecodeError) as error:
        raise ValueError("not a cursor") from error
    if not isinstance(parts, list) or [type(part) for part in parts] != list(types):
        raise ValueError("not a cursor")
    return parts
