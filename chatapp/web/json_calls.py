"""What all of the JSON API asks of a request."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_login import current_user

from chatapp.extensions import throttle
from chatapp.lib.errors import ChatError, rate_limited


def json_object() -> Any:
    """The body, which has to be an object."""
    data = request.get_json(silent=True)
    if not isinstance(data, dict):
        raise ChatError("bad_request", "The body must be one JSON object.")
    return data


def count(limit: str) -> None:
    """Count a request against a limit on whoever is logged in; ``rate_limited`` when it is one too many."""
    if current_user.is_authenticated and (wait := throttle.hit(limit, current_user.user.id)):
        raise rate_limited(wait)


def count_call() -> None:
    """For ``before_request``: the limit that all of them share."""
    count("api")
