"""What can be refused, with the codes of docs/protocol.md."""

from __future__ import annotations

from typing import Any

STATUS = {
    "bad_request": 400,
    "csrf_failed": 400,
    "login_required": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "too_long": 422,
    "rate_limited": 429,
    "unavailable": 503,
    "no_space": 507,
}


class ChatError(Exception):
    """A refusal: ``code`` for programs, ``message`` for people.

    ``retry_after``, in seconds, where trying again may help; ``status``, where HTTP has a closer one than the code's.
    """

    def __init__(self, code: str, message: str, retry_after: float | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.status = status or STATUS[code]

    def to_wire(self) -> dict[str, Any]:
        """``{"code", "message"}`` and, where it has one, ``retry_after``."""
        wire: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.retry_after is not None:
            wire["retry_after"] = self.retry_after
        return wire


def not_found() -> ChatError:
    """The same for what does not exist and for what is somebody else's."""
    return ChatError("not_found", "There is no such conversation.")


def login_ended() -> ChatError:
    """The log-in is over; whoever logs in again may send it again."""
    return ChatError("login_required", "This log-in has ended. Log in again.")


def unavailable() -> ChatError:
    """Something below is busy or away; what was asked for is not known to have happened."""
    return ChatError("unavailable", "The server cannot save anything right now. It will be tried again.", 1.0)


def rate_limited(wait: float) -> ChatError:
    """Too much at once."""
    return ChatError("rate_limited", f"That was too much at once. Try again in {wait:g} seconds.", wait)
