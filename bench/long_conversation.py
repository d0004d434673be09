"""What the length of a conversation costs: the same actions in one of 1,000 and in one of 1,000,000 messages.

Both lie in the same database, served by one process. Each round does every action once in each, in turn, so that
whatever else the machine does falls on both alike. Reported: the median of the round trip, and the CPU time of
the server over all rounds, from /proc; the last column is long over short.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from bench.process import cpu_seconds
from tests.support.database import Database
from tests.support.people import Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.stacks import OneProcess

LENGTHS = (1_000, 1_000_000)
ROUNDS = 100


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        server = _start(Path(folder))
        try:
            _measure(server)
        finally:
            server.close()


def _start(folder: Path) -> Server:
    return Server(folder, OneProcess(folder)).start()


def _measure(server: Server) -> None:
    me = Person(server.url, "viewer").sign_up()
    conversations = {}
    for length in LENGTHS:
        partner = Person(server.url, f"partner{length}").sign_up()
        conversations[length] = me.talk_to(partner)
        _fill(server.database, conversations[length], me.id, partner.id, length)
    socket = Socket(me).connect()
    print(
        f"{'action':<34}{'short ms':>10}{'long ms':>10}{'ratio':>8}{'short CPU µs':>14}{'long CPU µs':>13}{'ratio':>8}"
    )
    for name, action in _actions(me, socket).items():
        _report(name, action, conversations, server)
    socket.close()


def _fill(database: Database, conversation_id: int, viewer_id: int, partner_id: int, length: int) -> None:
    rows = (
        (
            conversation_id,
            seq,
            seq,
            "text",
            (viewer_id, partner_id)[seq % 2],
            str(uuid.uuid4()),
            f"message {seq} " + "x" * 80,
        )
        for seq in range(1, length + 1)
    )
    database.execute_many(
        "INSERT INTO message (conversation_id, seq, version, kind, sender_id, client_id, body, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, '2026-01-01 00:00:00.000000')",
        rows,
    )
    database.execute("UPDATE conversation SET last_seq = ?, version = ? WHERE id = ?", length, length, conversation_id)
    database.execute("UPDATE membership SET last_read_seq = ? WHERE conversation_id = ?", length, conversation_id)


def _actions(me: Person, socket: Socket) -> dict[str, Callable[[int, int], object]]:
    def send(conversation_id: int, _length: int) -> object:
        message = {"conversation_id": conversation_id, "client_id": str(uuid.uuid4()), "body": "hello"}
        return socket.request("message_create", message)

    def messages(query: str) -> Callable[[int, int], object]:
        return lambda conversation_id, length: me.json(
            f"/api/conversations/{conversation_id}/messages?" + query.format(middle=length // 2)
        )

    return {
        "open: GET /chat/<id>": lambda conversation_id, _: me.get(f"/chat/{conversation_id}"),
        "newest page: GET messages": messages("limit=50"),
        "page back: messages?before=middle": messages("before={middle}"),
        "jump: messages?around=middle": messages("around={middle}"),
        "catch up: changes?since=end - 50": lambda conversation_id, length: me.json(
            f"/api/conversations/{conversation_id}/changes?since={length - 50}"
        ),
        "send: message_create to its ack": send,
    }


def _report(name: str, action: Callable[[int, int], object], conversations: dict[int, int], server: Server) -> None:
    assert server.process is not None
    took: dict[int, list[float]] = {length: [] for length in LENGTHS}
    cpu = dict.fromkeys(LENGTHS, 0.0)
    for round_number in range(ROUNDS + 20):
        for length in LENGTHS if round_number % 2 else reversed(LENGTHS):
            cpu_before, before = cpu_seconds(server.process.pid), time.perf_counter()
            action(conversations[length], length)
            if round_number >= 20:  # the first ones warm up
                took[length].append(time.perf_counter() - before)
                cpu[length] += cpu_seconds(server.process.pid) - cpu_before
    short, long = (statistics.median(took[length]) * 1e3 for length in LENGTHS)
    short_cpu, long_cpu = (cpu[length] / ROUNDS * 1e6 for length in LENGTHS)
    print(
        f"{name:<34}{short:>10.2f}{long:>10.2f}{long / short:>8.2f}"
        f"{short_cpu:>14.0f}{long_cpu:>13.0f}{long_cpu / short_cpu:>8.2f}"
    )


if __name__ == "__main__":
    main()
