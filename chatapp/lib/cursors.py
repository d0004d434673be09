"""Opaque cursors for paging by key: a JSON list, base64url."""

import base64
import binascii
from typing import Any

from chatapp.lib import orjson_codec


def encode(*parts: str | int) -> str:
    """A cursor that stands for the last row shown."""
    return base64.urlsafe_b64encode(orjson_codec.dumps(parts).encode()).decode().rstrip("=")


def decode(cursor: str, *types: type) -> list[Any]:
    """The parts of a cursor made by ``encode``; ``ValueError`` when it is not one with these types."""
    try:
        parts = orjson_codec.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise ValueError("not a cursor") from error
    if not isinstance(parts, list) or [type(part) for part in parts] != list(types):
        raise ValueError("not a cursor")
    return parts
