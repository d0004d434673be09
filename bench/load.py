"""A light load generator: many sockets in one process, speaking just enough WebSocket and Socket.IO.

Reads a plan from standard input as JSON: ``{"port", "pairs": [{"conversation_id", "cookies": [a, b]}], "warmup",
"seconds", "body"}``; prints a result as JSON: ``{"messages", "seconds", "latencies": [seconds from send to the other's
receipt]}``. Closed loop: one message is in flight in each pair, and receipt of it makes the other one send the next.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import sys
import time
import uuid
from typing import Any

PONG = "3"
EVENT = '2/chat,["message_created"'


class Connection:
    """One browser's socket, in namespace /chat."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._acks = 0

    @classmethod
    async def open(cls, port: int, cookie: str) -> Connection:
        """Handshake, join /chat, and wait until that is confirmed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nCookie: {cookie}\r\n\r\n".encode()
        )
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in answer:
            raise ConnectionError(answer.decode())
        connection = cls(reader, writer)
        connection.send("40/chat,")
        while not (await connection.receive()).startswith("40/chat,"):
            pass
        return connection

    def send(self, text: str) -> None:
        """One text frame, masked with zeros."""
        data = text.encode()
        head = (
            struct.pack("!BB", 0x81, 0x80 | len(data))
            if len(data) < 126
            else struct.pack("!BBH", 0x81, 0xFE, len(data))
        )
        self._writer.write(head + bytes(4) + data)

    def send_message(self, conversation_id: int, body: str) -> None:
        """``message_create``, with an ack asked for."""
        self._acks += 1
        message = {"conversation_id": conversation_id, "client_id": str(uuid.uuid4()), "body": body}
        self.send(f'42/chat,{self._acks}["message_create",{json.dumps(message)}]')

    async def receive(self) -> str:
        """The next packet that is no heartbeat."""
        while True:
            _, size = await self._reader.readexactly(2)
            if size == 126:
                (size,) = struct.unpack("!H", await self._reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await self._reader.readexactly(8))
            text = (await self._reader.readexactly(size)).decode()
            if text == "2":
                self.send(PONG)
                continue
            if text.startswith("43/chat,") and '"ok":true' not in text:
                raise ConnectionError(text)
            return text


class Pair:
    """Two people, one message between them."""

    def __init__(self, conversation_id: int, both: list[Connection], body: str) -> None:
        self.conversation_id = conversation_id
        self.both = both
        self.body = body
        self.receipts: list[tuple[float, float]] = []
        self._sent_at = 0.0

    def say(self, who: int) -> None:
        """The next message."""
        self._sent_at = time.perf_counter()
        self.both[who].send_message(self.conversation_id, self.body)

    async def listen(self, who: int) -> None:
        """Answer each message that comes."""
        while True:
            if (await self.both[who].receive()).startswith("4" + EVENT):
                present = time.perf_counter()
                self.receipts.append((present, present - self._sent_at))
                self.say(who)


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Carry out the plan."""
    pairs = []
    for planned in plan["pairs"]:
        both = [await Connection.open(plan["port"], cookie) for cookie in planned["cookies"]]
        pairs.append(Pair(planned["conversation_id"], both, plan["body"]))
    listeners = [asyncio.create_task(pair.listen(who)) for pair in pairs for who in (0, 1)]
    for pair in pairs:
        pair.say(0)
    await asyncio.sleep(plan["warmup"])
    print("warm", flush=True)
    start = time.perf_counter()
    done, _ = await asyncio.wait(listeners, timeout=plan["seconds"])
    for broken in done:
        broken.result()
    end = time.perf_counter()
    latencies = [took for pair in pairs for at, took in pair.receipts if start <= at <= end]
    return {"messages": len(latencies), "seconds": end - start, "latencies": latencies}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.load(sys.stdin)))), flush=True)
