"""JSON by orjson, in the shapes that Flask and python-socketio ask for."""

from typing import Any

import orjson
from flask.json.provider import JSONProvider


def dumps(value: Any, **_: Any) -> str:
    """JSON text; keys may be integers."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def dumps_bytes(value: Any) -> bytes:
    """JSON as UTF-8."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)


def loads(text: str | bytes, **_: Any) -> Any:
    """The value of a JSON text; ``ValueError`` for bad JSON, lone surrogates included."""
    return orjson.loads(text)


class OrjsonProvider(JSONProvider):
    """For ``app.json``."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return dumps(obj)

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return loads(s)
