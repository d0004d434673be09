"""A bare WebSocket that says what no proper client would."""

import json
import time
from typing import Any

import websocket

from tests.support.people import Person


class RawSocket:
    def __init__(self, url: str, cookie: str | None = None, **options: Any) -> None:
        self.ws = websocket.create_connection(
            url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket",
            cookie=cookie,
            timeout=10,
            **options,
        )
        assert self.ws.recv().startswith("0{")

    @classmethod
    def joined(cls, person: Person) -> "RawSocket":
        """A connection that has joined /chat."""
        raw = cls(person.url, person.cookie)
        raw.send("40/chat,")
        assert raw.receive("40/chat,")
        return raw

    def send(self, text: str) -> None:
        self.ws.send(text)

    def send_bytes(self, data: bytes) -> None:
        self.ws.send_binary(data)

    def receive(self, start: str = "", within: float = 20) -> str:
        """The next packet that begins with `start`; answers pings on the way. Silence fails the test."""
        deadline = time.monotonic() + within
        while True:
            left = deadline - time.monotonic()
            assert left > 0, f"no packet {start!r} within {within:g} s"
            self.ws.settimeout(left)
            try:
                packet = self.ws.recv()
            except websocket.WebSocketTimeoutException:
                continue
            if isinstance(packet, bytes):
                continue
            if packet == "2":
                self.ws.send("3")
            elif packet.startswith(start):
                return packet
            elif packet == "" and not self.ws.connected:
                raise ConnectionError("closed")

    def ack(self, number: int, within: float = 20) -> Any:
        packet = self.receive(f"43/chat,{number}[", within)
        return json.loads(packet[packet.index("[") :])[0]

    def request(self, number: int, event: str, *data: Any) -> Any:
        self.send(f"42/chat,{number}{json.dumps([event, *data])}")
        return self.ack(number)

    def is_closed(self, within: float) -> bool:
        """Whether the server ends the connection within so many seconds."""
        try:
            self.receive("\0 never", within)
        except AssertionError:
            return False
        except (ConnectionError, websocket.WebSocketException, OSError):
            return True
        return False

    def close(self) -> None:
        self.ws.close()
        self.ws.shutdown()  # which close() leaves out when the server was first

    def __enter__(self) -> "RawSocket":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
