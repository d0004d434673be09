"""Clients that keep the contract over a bad network, and the notes that tell whether the server did too.

Each client has an outbox (one in flight, resent under the same client_id until it is acked or refused for
good) and a transcript (live events, and `sync` and `changes` for what was missed). Afterwards the recorder
compares what was sent, what was acked, what is stored and what everybody saw.
"""

import contextlib
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from requests import RequestException
from socketio.exceptions import SocketIOError

from tests.support.database import Database, stored_messages
from tests.support.people import Person
from tests.support.sockets import Socket
from tests.support.waiting import eventually

ACK_SECONDS = 10
RETRIED = ("unavailable", "rate_limited")


@dataclass
class Notes:
    """What one client knows."""

    sent: dict[str, str] = field(default_factory=dict)  # client_id -> body, in order
    acked: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    unknown: int = 0
    refusals: list[tuple[str, float]] = field(default_factory=list)  # (code, seconds it took)
    transcript: dict[int, dict[str, Any]] = field(default_factory=dict)  # seq -> message
    contradictions: list[str] = field(default_factory=list)
    longest_gap: float = 0.0  # seconds between two acks


class Client:
    """One device of one person in one conversation."""

    transports: tuple[str, ...] = ("websocket",)

    def __init__(self, name: str, person: Person, conversation: int, url: str, dice: random.Random) -> None:
        self.name = name
        self.person = person
        self.conversation = conversation
        self.url = url
        self.dice = dice
        self.notes = Notes()
        self.drop_chance = 0.0
        self.resend_chance = 0.0
        self.failure: BaseException | None = None
        self._socket: Socket | None = None
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._acked_at: float | None = None

    # The outbox

    def send_all(self, bodies: Iterable[str]) -> None:
        """Sends each until it is settled; meant for a thread of its own."""
        try:
            for body in bodies:
                self.deliver(body)
        except BaseException as error:  # noqa: BLE001 (the main thread raises it)
            self.failure = error

    def deliver(self, body: str) -> None:
        client_id = str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
        self.notes.sent[client_id] = body
        while not self._stopped.is_set():
            ack = self._try(client_id, body)
            if ack is None:
                self.notes.unknown += 1
            elif ack["ok"]:
                self._note_ack(client_id, ack["message"])
                if self.dice.random() >= self.resend_chance:
                    return
            elif ack["error"]["code"] in RETRIED:
                self._stopped.wait(self.dice.uniform(0.02, 0.1))
            else:
                self.notes.refused[client_id] = ack["error"]["code"]
                return

    def _try(self, client_id: str, body: str) -> dict[str, Any] | None:
        """The ack, or None when nobody knows what became of it."""
        socket = self._connected()
        if socket is None:
            return None
        answered = threading.Event()
        answers: list[dict[str, Any]] = []

        def take(ack: dict[str, Any]) -> None:
            answers.append(ack)
            answered.set()

        start = time.monotonic()
        data = {"conversation_id": self.conversation, "client_id": client_id, "body": body}
        try:
            socket.emit("message_create", data, take)
        except SocketIOError:
            return None
        if self.dice.random() < self.drop_chance:
            self._stopped.wait(self.dice.choice([0, 0, 0.002, 0.01]))
            self.drop()
        while not answered.wait(0.05):
            if not socket.is_connected or time.monotonic() - start > ACK_SECONDS:
                self.drop()
                return answers[0] if answers else None
        if not answers[0]["ok"]:
            self.notes.refusals.append((answers[0]["error"]["code"], time.monotonic() - start))
        return answers[0]

    def _note_ack(self, client_id: str, message: dict[str, Any]) -> None:
        present = time.monotonic()
        self.notes.longest_gap = max(self.notes.longest_gap, present - (self._acked_at or present))
        self._acked_at = present
        earlier = self.notes.acked.setdefault(client_id, message)
        if earlier != message:
            self.notes.contradictions.append(f"two acks of {client_id}: {earlier} and {message}")
        if message["body"] != self.notes.sent[client_id]:
            self.notes.contradictions.append(f"the ack of {client_id} has another body: {message}")
        self._apply(message)

    # The connection

    def _connected(self) -> Socket | None:
        if self._socket is not None and self._socket.is_connected:
            return self._socket
        self.drop()
        socket = Socket(self.person, self.transports, self.url)
        socket.on_event = self._hear
        try:
            socket.connect(within=5)
            self._socket = socket
            self.catch_up()
        except (SocketIOError, RequestException, AssertionError):
            self._socket = socket
            self.drop()
            self._stopped.wait(self.dice.uniform(0.02, 0.2))
            return None
        return socket

    def drop(self) -> None:
        """Gone without a goodbye."""
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.abort()

    def catch_up(self) -> None:
        """`sync` says whether anything is missing, `changes` has it."""
        socket = self._socket
        assert socket is not None
        ack = socket.request("sync", {"cursors": {str(self.conversation): self.cursor}}, within=5)
        if not ack["ok"]:
            raise AssertionError(ack)
        if any(ahead["id"] == self.conversation for ahead in ack["conversations"]):
            self.fetch_changes()

    def fetch_changes(self) -> None:
        with contextlib.closing(self.person.copy_of_cookies()) as device:
            messages, _ = device.changes(self.conversation, self.cursor)
        for message in messages:
            self._apply(message)

    # The transcript

    @property
    def cursor(self) -> int:
        """The highest version below which nothing is missing."""
        with self._lock:
            version = 0
            while version + 1 in self.notes.transcript:  # nothing is edited here: version and seq agree
                version += 1
            return version

    def _hear(self, socket: Socket, event: str, data: Any) -> None:
        if event != "message_created":
            return
        message = data["message"]
        if message["seq"] in socket.heard:
            self.notes.contradictions.append(f"{self.name} was told twice of {message}")
        socket.heard.add(message["seq"])
        self._apply(message)

    def _apply(self, message: dict[str, Any]) -> None:
        with self._lock:
            known = self.notes.transcript.setdefault(message["seq"], message)
        if known != message:
            self.notes.contradictions.append(f"{self.name} was told two things: {known} and {message}")

    def stop(self) -> None:
        self._stopped.set()
        self.drop()


class Recorder:
    """Runs clients and judges what came of it."""

    def __init__(self, clients: list[Client], database: Database, conversation: int) -> None:
        self.clients = clients
        self.database = database
        self.conversation = conversation

    def run(self, count: int, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Each client sends `count` messages, all at once; `meanwhile` runs beside them."""
        threads = [
            threading.Thread(target=one.send_all, args=([f"{one.name} {number}" for number in range(count)],))
            for one in self.clients
        ]
        for thread in threads:
            thread.start()
        try:
            meanwhile()
        except BaseException:
            for one in self.clients:
                one.stop()
            raise
        finally:
            for thread in threads:
                thread.join(300)
        for one in self.clients:
            if one.failure:
                raise one.failure

    @property
    def acked(self) -> int:
        return sum(len(one.notes.acked) for one in self.clients)

    def check(self, within: float = 10) -> None:
        """Nothing acked is lost, nothing is double, all agree; transcripts converge within so many seconds."""
        stored = stored_messages(self.database, self.conversation)
        self._check_numbers(stored)
        self._check_senders(stored)
        self._check_transcripts(stored, within)
        contradictions = [found for one in self.clients for found in one.notes.contradictions]
        assert contradictions == []

    def _check_numbers(self, stored: list[dict[str, Any]]) -> None:
        dense = list(range(1, len(stored) + 1))
        assert [row["seq"] for row in stored] == dense
        assert [row["version"] for row in stored] == dense

    def _check_senders(self, stored: list[dict[str, Any]]) -> None:
        by_key = {(row["sender_id"], row["client_id"]): row for row in stored}
        assert len(by_key) == len(stored), "something is double"
        expected = set()
        for one in self.clients:
            notes = one.notes
            assert set(notes.acked) == set(notes.sent) - set(notes.refused), "something was given up"
            expected |= {(one.person.id, client_id) for client_id in notes.acked}
            for client_id, message in notes.acked.items():
                row = by_key.get((one.person.id, client_id))
                assert row is not None, f"acked but not there: {message}"
                assert (row["id"], row["seq"], row["body"]) == (message["id"], message["seq"], message["body"])
            seqs = [notes.acked[client_id]["seq"] for client_id in notes.sent if client_id in notes.acked]
            assert seqs == sorted(seqs), f"{one.name}'s messages changed their order"
        assert set(by_key) == expected, "something is stored that nobody was told of"

    def _check_transcripts(self, stored: list[dict[str, Any]], within: float) -> None:
        truth = [(row["seq"], row["id"], row["sender_id"], row["client_id"], row["body"]) for row in stored]

        def told(one: Client) -> list[tuple[Any, ...]]:
            return [
                (seq, message["id"], message["sender_id"], message["client_id"], message["body"])
                for seq, message in sorted(one.notes.transcript.items())
            ]

        for one in self.clients:
            eventually(lambda one=one: one._connected() is not None, within=within)  # type: ignore[misc]
            if one.cursor < len(stored):
                one.fetch_changes()
            assert told(one) == truth, f"{one.name}'s transcript differs"

    def stop(self) -> None:
        for one in self.clients:
            one.stop()
