"""Messages as they go over the wire, with their files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatapp.files import attachments
from chatapp.realtime.wire import message_wire


def message_wires(messages: Sequence[Any]) -> list[dict[str, Any]]:
    """Each of them, in order."""
    files = attachments.wires_of(messages)
    return [message_wire(message, files.get(message.id, ())) for message in messages]


def wire_of(message: Any) -> dict[str, Any]:
    """One of them."""
    return message_wires([message])[0]
