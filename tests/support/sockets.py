"""A Socket.IO client that remembers all it was told."""

import contextlib
import logging
import socket
import threading
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import engineio
import requests
import socketio

from tests.support.people import Person
from tests.support.waiting import eventually

NAMESPACE = "/chat"
# Broken connections are what the tests are about; the client need not complain of each.
logging.getLogger("engineio.client").setLevel(logging.CRITICAL)


class OrderedEngine(engineio.Client):
    """Hands on packets one after the other; the library's gives each a thread of its own, which may overtake."""

    def _trigger_event(self, event: str, *args: Any, **options: Any) -> Any:
        if event == "message":
            options["run_async"] = False
        return super()._trigger_event(event, *args, **options)


class OrderedClient(socketio.Client):
    """Tells its handlers of events in the order in which they came."""

    def _engineio_client_class(self) -> type[OrderedEngine]:
        return OrderedEngine


def accept_all(_data: Any) -> bool:
    return True


class Socket:
    """One connection of one person to namespace /chat; does not reconnect by itself."""

    def __init__(self, person: Person, transports: tuple[str, ...] = ("websocket",), url: str | None = None) -> None:
        self.person = person
        self.url = url or person.url
        self.transports = transports
        self.events: list[tuple[str, Any]] = []
        self.refusal: Any = None
        self.heard: set[int] = set()
        self.on_event: Callable[[Socket, str, Any], None] | None = None
        self._news = threading.Condition()
        self._client = self._make_client()

    def _make_client(self) -> OrderedClient:
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.cookies.update(self.person.http.cookies)
        self._http.verify = self.person.http.verify
        client = OrderedClient(reconnection=False, handle_sigint=False, http_session=self._http)
        client.on("*", self._remember, namespace=NAMESPACE)
        client.on("disconnect", self._remember_end, namespace=NAMESPACE)
        client.on("connect_error", self._remember_refusal, namespace=NAMESPACE)
        return client

    def connect(self, within: float = 20, **options: Any) -> "Socket":
        self._client.connect(
            self.url,
            transports=list(self.transports),
            namespaces=[NAMESPACE],
            wait_timeout=within,
            **options,
        )
        return self

    def _remember(self, event: str, *data: Any) -> None:
        with self._news:
            self.events.append((event, data[0] if data else None))
            self._news.notify_all()
        if self.on_event is not None:
            self.on_event(self, event, data[0] if data else None)

    def _remember_end(self, *_reason: Any) -> None:
        self._remember("disconnect")

    def _remember_refusal(self, data: Any) -> None:
        with self._news:
            self.refusal = data
            self._news.notify_all()

    def got(self, event: str, such: Callable[[Any], bool] = accept_all) -> list[Any]:
        """What has come of `event` so far."""
        with self._news:
            return [data for name, data in self.events if name == event and such(data)]

    def forget(self, event: str) -> None:
        """As if none of `event` had come so far."""
        with self._news:
            self.events = [(name, data) for name, data in self.events if name != event]

    def wait_for(self, event: str, such: Callable[[Any], bool] = accept_all, within: float = 20) -> Any:
        """The first `event` such as wanted, whether it has come already or comes now."""
        with self._news:
            there = self._news.wait_for(lambda: any(name == event and such(data) for name, data in self.events), within)
            assert there, f"no such {event} within {within:g} s; got {self.events[-5:]}"
            return next(data for name, data in self.events if name == event and such(data))

    def wait_for_end(self, within: float = 20) -> None:
        self.wait_for("disconnect", within=within)

    def request(self, event: str, data: Any = None, within: float = 20) -> Any:
        """Emits and gives back the ack."""
        return self._client.call(event, data, namespace=NAMESPACE, timeout=within)

    def request_all(self, event: str, data: Sequence[Any], within: float = 20) -> list[Any]:
        """Emits one after the other, waiting for no answer in between; gives back the acks."""
        acks: dict[int, Any] = {}
        for number, one in enumerate(data):
            self.emit(event, one, partial(acks.__setitem__, number))
        eventually(lambda: len(acks) == len(data), within=within)
        return [acks[number] for number in range(len(data))]

    def emit(self, event: str, data: Any, done: Callable[..., None] | None = None) -> None:
        self._client.emit(event, data, namespace=NAMESPACE, callback=done)

    def try_send(self, conversation_id: int, body: str = "hello", client_id: str | None = None, **more: Any) -> Any:
        return self.request(
            "message_create",
            {
                "conversation_id": conversation_id,
                "client_id": client_id or str(uuid.uuid4()),
                "body": body,
                **more,
            },
        )

    def send(self, conversation_id: int, body: str = "hello", client_id: str | None = None) -> Any:
        """Sends and gives back the message of the ack."""
        ack = self.try_send(conversation_id, body, client_id)
        assert ack["ok"] is True, ack
        return ack["message"]

    def settle(self) -> None:
        """Returns when everything that its own worker has told this socket before now has arrived.

        What others' workers tell comes by Redis and may be later: wait for that itself, or, where there is to be
        nothing, for what a witness beside it is told (`workers.beside`).
        """
        ack = self.request("sync", {"cursors": {}})
        assert ack["ok"] is True, ack

    def wait_until_in(self, conversation_id: int) -> None:
        """Returns when this socket hears a conversation that is new: what is said in it before its worker listens to
        it comes as a `head`, or not at all."""
        self.wait_for("conversation_added", lambda data: data["conversation"]["id"] == conversation_id)
        self.settle()

    @property
    def is_connected(self) -> bool:
        return bool(self._client.connected)

    @property
    def transport(self) -> str:
        return self._client.transport()

    @property
    def local_port(self) -> int:
        """This end's, of a WebSocket."""
        port: int = self._client.eio.ws.sock.getsockname()[1]
        return port

    @property
    def engine_sid(self) -> str:
        return self._client.eio.sid

    def abort(self) -> None:
        """Lets go of the connection in the middle of whatever happens."""
        engine = self._client.eio
        wire, reader = engine.ws, engine.read_loop_task
        if wire is not None and wire.sock is not None:
            with contextlib.suppress(OSError):
                wire.sock.shutdown(socket.SHUT_RDWR)
        engine.disconnect(abort=True)
        if reader is not None:
            reader.join(5)
        if wire is not None:
            wire.shutdown()
        self._http.close()

    def close(self) -> None:
        self._client.disconnect()
        self.abort()
