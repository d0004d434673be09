"""Where speed and safety reach into private parts of python-engineio and python-socketio; nowhere else does.

Written against the pinned versions (tests/test_dependencies.py names them), for namespace ``/chat`` and the async
modes whose sockets are the patched standard library's:

- a WebSocket connection is one greenlet and no queue: what is sent is written at once (``websocket.py``);
- heartbeats of all connections are one task (``heartbeat.py``);
- a well-formed event goes from its frame to its handler without being decoded twice;
- a broadcast is encoded once, and rooms are plain dictionaries, left at a cost of the rooms one is in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import engineio
import socketio as python_socketio
from engineio import exceptions, packet, payload
from engineio.socket import Socket as EngineSocket

from chatapp.lib.orjson_codec import dumps_bytes
from chatapp.realtime import websocket
from chatapp.realtime.heartbeat import Deadline, wheel
from chatapp.realtime.pace import FRAMES_PER_SECOND
from chatapp.realtime.packets import event_text, read_event
from chatapp.realtime.polling import read_body
from chatapp.realtime.websocket import TakeOver, WebSocket, frame_of

# A page that says more of what nothing here sends is no page.
JUNK_MAX = 50
# How long a connection that was told to close may take to do so.
_CLOSING_SECONDS = 3.0
_PING_FRAME = frame_of("2")
# Of the handshake's environment, all that is needed later: to know whose cookie it was.
_KEPT = {
    "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL",
    "REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST", "HTTP_COOKIE", "HTTP_ORIGIN", "HTTP_USER_AGENT",
}  # fmt: skip
Receive = Callable[["Connection", str], None]


class Payload(payload.Payload):
    """What one request brings. A page sends at once what has gathered, as long as it is not too many bytes."""

    max_decode_packets = FRAMES_PER_SECOND


class Connection(EngineSocket):
    """An Engine.IO connection. ``member`` is whose it is, once the namespace has let it in."""

    def __init__(self, server: Engine, sid: str) -> None:
        self.server = server
        self.sid = sid
        self.member: Any = None
        self.connected = self.upgrading = self.upgraded = self.closing = self.closed = False
        self.session: dict[str, Any] = {}
        self._is_asked = self._has_answered = False
        self.wire: WebSocket | None = None
        self._probing: WebSocket | None = None
        self._early: list[packet.Packet] = []
        self._held = 0
        self._queue: Any = None

    @property
    def queue(self) -> Any:
        """What waits for the next poll; WebSockets need none."""
        if self._queue is None:
            self._queue = self.server.create_queue()
        return self._queue

    def send(self, pkt: packet.Packet) -> None:
        """Send an Engine.IO packet; never waits."""
        if self.closed:
            raise exceptions.SocketIsClosedError
        text = pkt.encode()
        if self.wire is not None:
            self.wire.send(text)
        elif self.connected:
            self._hold(pkt, len(text))
        else:
            self._early.append(pkt)

    def send_message(self, text: str, frame: bytes) -> None:
        """Send a Socket.IO packet of which the frame is made already, for all its recipients."""
        if self.closed:
            return
        if self.wire is not None:
            self.wire.send_frame(frame)
        else:
            self.send(packet.Packet(packet.MESSAGE, text))

    def _hold(self, pkt: packet.Packet, size: int) -> None:
        self._held += size
        if self._held > self.server.held_max:
            self.close(abort=True, reason=self.server.reason.TRANSPORT_ERROR)
        else:
            self.queue.put(pkt)

    def poll(self) -> list[packet.Packet]:
        """What waits, for one answer to a poll."""
        early, self._early = self._early, []
        self._held = 0
        return early or super().poll()

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Packets that come by polling. Their body may take as long as a poll; what cannot be read ends it all."""
        try:
            body = read_body(environ, self.server.ping_interval + self.server.ping_timeout)
            packets = Payload(encoded_payload=body).packets
        except (ValueError, LookupError, RecursionError):
            raise exceptions.EngineIOError from None
        for pkt in packets:
            self.receive(pkt)

    def receive(self, pkt: packet.Packet) -> None:
        """A packet that came by polling."""
        if pkt.packet_type == packet.MESSAGE:
            self.server.receive_message(self, pkt.data)
        else:
            super().receive(pkt)

    def schedule_ping(self) -> None:
        """It has answered its last ping; the next one is up to ``beat``."""
        self._has_answered = True

    def beat(self) -> float | None:
        """Ping, or let go of a connection that has not answered; seconds until there is something to do again."""
        if self.closed:
            self.server.sockets.pop(self.sid, None)
            if self.wire is not None:
                self.wire.abort()
            return None
        if self._is_asked and not self._has_answered:
            self.close(reason=self.server.reason.PING_TIMEOUT)
            return None
        if self._is_asked:
            self._is_asked = False
            return float(max(1, self.server.ping_interval - self.server.ping_timeout))
        self._is_asked, self._has_answered = True, False
        if self.wire is not None:
            self.wire.send_frame(_PING_FRAME)
        else:
            self.send(packet.Packet(packet.PING))
        return float(self.server.ping_timeout)

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """Tell the namespace, then the other side; never waits."""
        if self.closed or self.closing:
            return
        self.closing = True
        self.server._trigger_event(
            "disconnect", self.sid, reason or self.server.reason.SERVER_DISCONNECT, run_async=False
        )
        if not abort:
            self.send(packet.Packet(packet.CLOSE))
        self.closed = True
        if self.wire is not None:
            self.wire.close(websocket.GOING_AWAY)
            wheel.add(self, _CLOSING_SECONDS)
            return
        self.queue.put(None)
        if self._probing is not None:
            self._probing.abort()

    def _upgrade_websocket(self, environ: dict[str, Any], start_response: Any) -> Any:
        if self.upgraded or self._probing is not None:
            return self.server._bad_request("Upgraded already, or about to be")
        wire = websocket.upgrade(environ, self.server.max_http_buffer_size, self.server.held_max)
        if wire is None:
            return self.server._bad_request("Not a WebSocket handshake")
        return TakeOver(environ["gunicorn.socket"], lambda: self._run(wire))

    def _run(self, wire: WebSocket) -> None:
        """The connection's life as a WebSocket."""
        try:
            if not self.connected or self._upgrade_from_polling(wire):
                self.connected = self.upgraded = True
                self._begin(wire)
                self._receive_all(wire)
        finally:
            wire.release()
            if self.wire is wire:
                self.wire = None
                self.close(abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
                self.server.sockets.pop(self.sid, None)

    def _upgrade_from_polling(self, wire: WebSocket) -> bool:
        """The probe of Engine.IO 4; whether it went well, and in time. Polling goes on until it has."""
        if self.closed or self._probing is not None:  # since the handshake was answered
            return False
        self._probing = wire
        deadline = Deadline(self.server.probe_seconds, wire.abort)
        try:
            if wire.receive() != "2probe":
                return False
            self.upgrading = True
            wire.send("3probe")
            self.queue.put(packet.Packet(packet.NOOP))  # ends the poll that waits
            return wire.receive() == "5" and not self.closed
        finally:
            deadline.call_off()
            self._probing = None
            self.upgrading = False

    def _begin(self, wire: WebSocket) -> None:
        self.wire = wire
        waiting, self._early = self._early, []
        while self._queue is not None and not self._queue.empty():
            waiting.append(self._queue.get())
        self._queue = None
        for pkt in waiting:
            if pkt is not None and pkt.packet_type != packet.NOOP:
                wire.send(pkt.encode())

    def _receive_all(self, wire: WebSocket) -> None:
        junk = 0
        while not self.closed and (text := wire.receive()) is not None:
            kind = text[:1]
            if kind == "4":
                self.server.receive_message(self, text[1:])
            elif kind == "3":
                self.schedule_ping()
            elif kind == "1":
                return
            elif kind not in ("2", "5", "6"):
                junk += 1
                if junk > JUNK_MAX:
                    return
        while wire.receive() is not None:  # closed by this side: wait for the other's goodbye, or the wheel's
            pass


class Engine(engineio.Server):
    """Makes ``Connection`` objects. ``adopt`` turns a plain server into one."""

    held_max: int
    probe_seconds: float
    receive_message: Receive

    def _handle_connect(
        self, environ: dict[str, Any], start_response: Any, transport: str, jsonp_index: int | None = None
    ) -> Any:
        sid = self.generate_id()
        connection = self.sockets[sid] = Connection(self, sid)
        connection.send(
            packet.Packet(
                packet.OPEN,
                {
                    "sid": sid,
                    "upgrades": self._upgrades(sid, transport),
                    "pingTimeout": int(self.ping_timeout * 1000),
                    "pingInterval": int(self.ping_interval * 1000),
                    "maxPayload": self.max_http_buffer_size,
                },
            )
        )
        self._trigger_event("connect", sid, environ, run_async=False)
        wheel.add(connection, self.ping_interval)
        if transport == "websocket":
            return connection.handle_get_request(environ, start_response)
        connection.connected = True
        return self._ok(connection.poll(), jsonp_index=jsonp_index)


class Server(python_socketio.Server):
    """Hands well-formed events straight to the namespace. ``adopt`` turns a plain server into one."""

    def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        super()._handle_eio_connect(eio_sid, {name: environ[name] for name in _KEPT if name in environ})

    def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        # A packet may be read after its connection was closed; it would be half let in, for good.
        if eio_sid in self.environ:
            super()._handle_eio_message(eio_sid, data)


def adopt(
    server: Any, receive_event: Callable[[Any, int | None, list[Any]], None], held_max: int, probe_seconds: float
) -> None:
    """Make ``server``, a python-socketio server just made, work as this file's docstring says.

    ``receive_event(member, ack id, [event, arguments...])`` takes the well-formed events of connections that have a
    member; ``held_max`` bounds, in bytes, what is kept for one reader that does not read, ``probe_seconds`` how long
    going over from polling to a WebSocket may take.
    """

    def receive_message(connection: Connection, data: Any) -> None:
        event = read_event(data) if connection.member is not None and isinstance(data, str) else None
        if event is None:
            engine._trigger_event("message", connection.sid, data, run_async=False)
        else:
            receive_event(connection.member, *event)

    engine = server.eio
    server.__class__, engine.__class__ = Server, Engine
    engine.held_max, engine.probe_seconds = held_max, probe_seconds
    engine.receive_message = receive_message
    # Bound when the plain server was made.
    engine.handlers["connect"] = server._handle_eio_connect
    engine.handlers["message"] = server._handle_eio_message


class RoomManager(python_socketio.Manager):
    """Rooms of namespace ``/chat`` in this process: name -> sid -> connection."""

    def __init__(self) -> None:
        super().__init__()
        self._members: dict[str, dict[str, Connection]] = {}
        self._rooms_of: defaultdict[str, set[str]] = defaultdict(set)

    def has_members(self, room: str) -> bool:
        """Whether anybody here is in a room."""
        return room in self._members

    @property
    def state(self) -> str:
        """Of the message queue between workers."""
        return "not configured"

    def start(self) -> None:
        """Nobody else to listen to."""

    def tell(self, room: str | None, text: str, **for_workers: Any) -> None:
        """Send a packet to a room, on all workers."""
        self.deliver(room, text)
        self.publish(room, text, **for_workers)

    def publish(self, room: str | None, text: str, **for_workers: Any) -> None:
        """Have the other workers send a packet to a room; here there are none."""

    def wait_for(self, names: Iterable[str]) -> bool:
        """Return once what is said in these rooms will be delivered; whether it will."""
        return True

    def room_emptied(self, room: str) -> None:
        """Nobody here is in it any more."""

    def deliver(self, room: str | None, text: str, skip_sid: str | None = None) -> None:
        """Send a packet to everybody here who is in a room (None: to everybody here), but to ``skip_sid``."""
        frame = frame_of("4" + text)
        if room is None:
            for connection in list(self.server.eio.sockets.values()):
                if connection.member is not None:
                    connection.send_message(text, frame)
            return
        for sid, connection in list(self._members.get(room, {}).items()):
            if sid != skip_sid:
                connection.send_message(text, frame)

    def emit(
        self, event: str, data: Any, namespace: str, room: str | None = None, skip_sid: str | None = None, **more: Any
    ) -> None:
        """What ``socketio.emit`` ends in."""
        room, text = more.get("to") or room, event_text(event, dumps_bytes(data))
        self.deliver(room, text, skip_sid)
        self.publish(room, text, skip_sid=skip_sid)

    def get_participants(self, namespace: str, room: str | None) -> Iterator[tuple[str, str]]:
        """(sid, Engine.IO sid) of those in a room."""
        if room is None:
            yield from super().get_participants(namespace, room)
            return
        yield from [(sid, connection.sid) for sid, connection in self._members.get(room, {}).items()]

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        """Put a socket into a room."""
        if room is None:
            super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        elif room != sid:  # nobody is written to by a room of one's own
            connection = self.server.eio.sockets[self.rooms[namespace][None][sid]]
            self._members.setdefault(room, {})[sid] = connection
            self._rooms_of[sid].add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        """Take a socket out of a room."""
        if room is None:
            super().basic_leave_room(sid, namespace, room)
            return
        self._rooms_of[sid].discard(room)
        members = self._members.get(room)
        if members is not None:
            members.pop(sid, None)
            if not members:
                del self._members[room]
                self.room_emptied(room)

    def basic_disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        """Take a socket out of all its rooms; costs what they are, not what there are."""
        for room in list(self._rooms_of.get(sid, ())):
            self.basic_leave_room(sid, namespace, room)
        self._rooms_of.pop(sid, None)
        super().basic_disconnect(sid, namespace, **options)
