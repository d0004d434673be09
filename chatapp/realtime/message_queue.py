"""The Redis message queue between workers: a channel for each room, heard only while somebody here is in it.

Redis carries what is live, nothing more: what it drops, the database has, and ``heads`` notices. So nothing here
waits for long, keeps much, or tries twice. One connection both publishes and listens (RESP3, so Redis 6 or newer):
what comes back for a batch of publishes is read in one go with what others say.
"""

from __future__ import annotations

import contextlib
import logging
import random
import socket as sockets
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Any

import hiredis
import redis
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

from chatapp.extensions import socketio
from chatapp.lib.chunks import chunks

log = logging.getLogger(__name__)
# An answer may take so long; a link that says nothing for so long is asked whether it lives.
ANSWER_SECONDS = 2.0
CONNECT_SECONDS = 1.0
RETRY_SECONDS = (0.2, 0.8)
# What waits to be published; beyond that it is dropped.
WAITING_MAX = 10_000
_IN_ONE_TRIP = 500
_CHUNK_BYTES = 65_536
# While there is always more to hear, everybody else gets a turn so often. What took so long to read was waited for.
_TURN_SECONDS = 0.01
_WAIT_SECONDS = 0.0002
# A turn: gevent goes on with whoever sleeps for no time at all 50 times before it looks at what has come from outside.
_MOMENT = 1e-6
# A channel is left when its room has been empty for so long: a reload does not leave and enter again.
LEAVE_SECONDS = 10.0


def connection_options(url: str, *, verify_tls: bool) -> dict[str, Any]:
    """What a connection to Redis needs besides its address."""
    options: dict[str, Any] = {"socket_timeout": ANSWER_SECONDS, "health_check_interval": 0}
    if not url.startswith("unix:"):
        options |= {"socket_connect_timeout": CONNECT_SECONDS, "socket_keepalive": True}
    if url.startswith("rediss:") and not verify_tls:
        options |= {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
    return options


class MessageQueue:
    """``publish`` and ``listen_to`` return at once; tasks of its own do the rest."""

    def __init__(
        self,
        url: str,
        prefix: str,
        hear: Callable[[str, bytes], None],
        options: dict[str, Any],
        *,
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        """``hear(name, payload)`` is called for what others publish (and this one, too) on channels listened to,
        ``begun()`` whenever it begins to listen, at first or anew.

        ``options`` are ``connection_options``.
        """
        quiet = MaintNotificationsConfig(enabled=False)
        self._pool = redis.ConnectionPool.from_url(url, protocol=3, maint_notifications_config=quiet, **options)
        self._prefix = prefix
        self._hear, self._begun = hear, begun
        self._link: Any = None
        self._waiting: deque[tuple[Any, ...]] = deque()
        self._is_started = self._is_sending = False
        self._wanted: set[str] = set()
        self._heard: set[str] = set()
        self._left_at: dict[str, float] = {}
        self._waiters: defaultdict[str, list[_Waiter]] = defaultdict(list)

    @property
    def is_live(self) -> bool:
        """Whether others are heard right now."""
        return self._link is not None

    def start(self) -> None:
        """Begin to listen."""
        self._is_started = True
        socketio.start_background_task(self._listen)
        socketio.start_background_task(self._leave_later)

    def publish(self, name: str, payload: bytes) -> None:
        """Tell those who listen to a channel; what comes up in one moment leaves together. Dropped without Redis."""
        if not self._is_started:
            self._publish_once(name, payload)
        elif self._link is not None and len(self._waiting) < WAITING_MAX:
            self._send_soon(("PUBLISH", self._prefix + name, payload))

    def listen_to(self, name: str) -> None:
        """Hear a channel from soon on; ``wait_for`` says when."""
        self._left_at.pop(name, None)
        if name not in self._wanted:
            self._wanted.add(name)
            self._send_soon(("SUBSCRIBE", self._prefix + name))

    def leave(self, name: str) -> None:
        """Hear a channel no more, in a while."""
        self._left_at[name] = time.monotonic()

    def wait_for(self, names: Iterable[str], seconds: float = 1.0) -> bool:
        """Whether all these channels are heard, after waiting for them; at once False when Redis is away."""
        missing = [name for name in names if name not in self._heard]
        if not missing:
            return True
        if not self.is_live:
            return False
        waiter = _Waiter(len(missing))
        for name in missing:
            self._waiters[name].append(waiter)
        return bool(waiter.event.wait(seconds)) and self.is_live

    # Sending

    def _send_soon(self, command: tuple[Any, ...]) -> None:
        if self._link is None:
            return  # what is wanted is asked for again when there is a link
        self._waiting.append(command)
        self._begin_to_send()

    def _begin_to_send(self) -> None:
        if self._waiting and not self._is_sending:
            self._is_sending = True
            socketio.start_background_task(self._send)

    def _send(self) -> None:
        link = self._link
        wire: Any = getattr(link, "_sock", None)  # which the link lets go of when it ends
        try:
            while self._waiting and link is self._link is not None:
                trip = [self._waiting.popleft() for _ in range(min(_IN_ONE_TRIP, len(self._waiting)))]
                # Past the connection's own way of sending, which closes the socket when it fails: it is being read.
                wire.sendall(b"".join(hiredis.pack_command(command) for command in trip))
        except OSError as error:
            # What is lost here reaches others by ``head``; trying on would only make everybody late.
            log.warning("redis away: could not publish: %s", type(error).__name__)
            with contextlib.suppress(OSError):
                wire.shutdown(sockets.SHUT_RDWR)
        finally:
            self._is_sending = False
            if link is not self._link:  # while it was given up, there may have come something for another
                self._begin_to_send()

    def _publish_once(self, name: str, payload: bytes) -> None:
        """In a process that does not listen, such as the flask CLI."""
        try:
            link = _connected(self._pool)
        except (RedisError, OSError) as error:
            log.warning("redis away: could not publish: %s", type(error).__name__)
            return
        with contextlib.suppress(RedisError, OSError):
            link.send_command("PUBLISH", self._prefix + name, payload)
            link.read_response()
        link.disconnect()

    # Listening

    def _listen(self) -> None:
        was_away = False
        while True:
            link = None
            try:
                link = _connected(self._pool)
                self._begin(link)
                log.info("redis heard")
                was_away = False
                self._read_all(link)
            except (RedisError, OSError) as error:
                if not was_away:
                    log.warning("redis away: cannot listen: %s", type(error).__name__)
                was_away = True
            finally:
                self._end(link)
            socketio.sleep(random.uniform(*RETRY_SECONDS))  # noqa: S311 (spreads load)

    def _begin(self, link: Any) -> None:
        self._waiting.clear()
        asked: set[str] = set()
        # While it is sent, others come and go, who send nothing before there is a link.
        while asked != self._wanted:
            wanted = set(self._wanted)
            for command, names in (("SUBSCRIBE", wanted - asked), ("UNSUBSCRIBE", asked - wanted)):
                for some in chunks(sorted(names), _IN_ONE_TRIP):
                    link.send_command(command, *(self._prefix + name for name in some), check_health=False)
            asked = wanted
        self._link = link
        self._begun()

    def _read_all(self, link: Any) -> None:
        reader, wire = hiredis.Reader(), link._sock
        is_asked = False
        turn_ends = 0.0
        while True:
            asked_at = time.monotonic()
            try:
                data = wire.recv(_CHUNK_BYTES)
            except TimeoutError:
                if is_asked:
                    raise
                is_asked = True
                self._send_soon(("PING",))
                continue
            if not data:
                raise ConnectionResetError
            is_asked = False
            if (present := time.monotonic()) > asked_at + _WAIT_SECONDS:
                turn_ends = present + _TURN_SECONDS
            reader.feed(data)
            while (answer := reader.gets()) is not False:
                self._take(answer)
                if time.monotonic() >= turn_ends:  # ``recv`` lets nobody run where something is there already
                    socketio.sleep(_MOMENT)
                    turn_ends = time.monotonic() + _TURN_SECONDS

    def _take(self, answer: Any) -> None:
        if not isinstance(answer, list):
            return  # of a publish or a ping
        kind = answer[0]
        name = answer[1].decode().removeprefix(self._prefix)
        if kind == b"message":
            try:
                self._hear(name, answer[2])
            except Exception:
                log.exception("a message of %s could not be handled", name)
        elif kind == b"subscribe":
            self._heard.add(name)
            for waiter in self._waiters.pop(name, ()):
                waiter.count_down()
        elif kind == b"unsubscribe":
            self._heard.discard(name)

    def _end(self, link: Any) -> None:
        self._link = None
        self._heard.clear()
        self._waiting.clear()
        if link is not None:
            link.disconnect()
        waiters, self._waiters = self._waiters, defaultdict(list)
        for some in waiters.values():
            for waiter in some:
                waiter.event.set()

    def _leave_later(self) -> None:
        while True:
            socketio.sleep(LEAVE_SECONDS / 2)
            due = time.monotonic() - LEAVE_SECONDS
            for name in [name for name, since in self._left_at.items() if since <= due]:
                del self._left_at[name]
                self._wanted.discard(name)
                self._send_soon(("UNSUBSCRIBE", self._prefix + name))


class _Waiter:
    def __init__(self, count: int) -> None:
        self.event = socketio.server.eio.create_event()
        self._left = count

    def count_down(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.event.set()


def _connected(pool: Any) -> Any:
    connection = pool.make_connection()
    try:
        connection.connect()
    except BaseException:
        connection.disconnect()
        raise
    return connection
