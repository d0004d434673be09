"""Socket.IO packets that clients send: read without ever raising, whatever is in them."""

from __future__ import annotations

import re
from typing import Any

from socketio import packet

from chatapp.lib import orjson_codec

NAMESPACE = "/chat"
# What python-socketio itself sends through the event handlers; a client may not.
_RESERVED = {"connect", "disconnect", "__disconnect_final"}
# In place of a packet that cannot be read, the namespace gets this event.
MALFORMED = "malformed packet"
_EVENT_WITH_ID = re.compile(r"[25](?:\d{0,10}-)?(/[^,]{0,64},)?(\d{1,15})\[")
_EVENT_PREFIX = f"2{NAMESPACE},"
_ID_DIGITS_MAX = 15


def read_event(text: str) -> tuple[int | None, list[Any]] | None:
    """(ack id, ``[event, arguments...]``) of a well-formed event for the namespace; None for anything else."""
    if not text.startswith(_EVENT_PREFIX):
        return None
    start = len(_EVENT_PREFIX)
    bracket = text.find("[", start, start + _ID_DIGITS_MAX + 1)
    digits = text[start:bracket]
    if bracket < 0 or (digits and not (digits.isascii() and digits.isdigit())):
        return None
    try:
        data = orjson_codec.loads(text[bracket:])
    except ValueError:
        return None
    return (int(digits) if digits else None, data) if _is_event(data) else None


def event_text(event: str, payload: bytes) -> str:
    """The packet of an event with one argument, given as JSON."""
    return f'{_EVENT_PREFIX}["{event}",{payload.decode()}]'


def ack_text(ack_id: int, payload: bytes) -> str:
    """The packet that answers an event, its one argument given as JSON."""
    return f"3{NAMESPACE},{ack_id}[{payload.decode()}]"


class GuardedPacket(packet.Packet):
    """Decoding never raises: what is malformed or binary becomes an event that no handler knows.

    So it is answered with ``bad_request`` where it carries an ack id, and the connection lives on.
    """

    uses_binary_events = False
    json = orjson_codec

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "encoded_packet" in kwargs and not kwargs["encoded_packet"]:
            kwargs["encoded_packet"] = "?"  # an empty one would not be decoded, nor refused
        super().__init__(*args, **kwargs)

    def decode(self, encoded_packet: Any) -> int:
        """Decode a text packet; files travel over HTTP, so no attachment is ever awaited."""
        try:
            if not isinstance(encoded_packet, str) or encoded_packet[:1] not in ("0", "1", "2", "3"):
                raise ValueError("not a packet that clients send")
            attachments = super().decode(encoded_packet)
            if attachments or (self.packet_type == packet.EVENT and not _is_event(self.data)):
                raise ValueError("not an event")
        except Exception:  # noqa: BLE001 (the decoder raises whatever its input leads it to)
            self._become_malformed(encoded_packet)
        return 0

    def _become_malformed(self, encoded_packet: Any) -> None:
        found = _EVENT_WITH_ID.match(encoded_packet) if isinstance(encoded_packet, str) else None
        self.packet_type = packet.EVENT
        self.namespace = NAMESPACE
        self.id = int(found[2]) if found else None
        self.data = [MALFORMED, {}]


def _is_event(data: Any) -> bool:
    return isinstance(data, list) and bool(data) and isinstance(data[0], str) and data[0] not in _RESERVED
