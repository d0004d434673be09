"""The Redis message queue between workers: a channel for each room, heard only while somebody here is in it.

Redis carries what is live, nothing more: what it drops, the database has, and ``heads`` notices. So nothing here
waits for long, keeps much, or tries twice.
"""

from __future__ import annotations

import logging
import random
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import redis
from redis.exceptions import RedisError

from chatapp.extensions import socketio
from chatapp.lib.chunks import chunks

log = logging.getLogger(__name__)
# An answer may take so long; a link that says nothing for so long is asked whether it lives.
ANSWER_SECONDS = 2.0
CONNECT_SECONDS = 1.0
RETRY_SECONDS = (0.2, 0.8)
# What waits to be published; beyond that the oldest is dropped.
WAITING_MAX = 10_000
_IN_ONE_TRIP = 500
# A channel is left when its room has been empty for so long: a reload does not leave and enter again.
LEAVE_SECONDS = 10.0


def connection_options(url: str, *, verify_tls: bool) -> dict[str, Any]:
    """What a connection to Redis needs besides its address."""
    options: dict[str, Any] = {"protocol": 2, "socket_timeout": ANSWER_SECONDS, "health_check_interval": 0}
    if not url.startswith("unix:"):
        options |= {"socket_connect_timeout": CONNECT_SECONDS, "socket_keepalive": True}
    if url.startswith("rediss:") and not verify_tls:
        options |= {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
    return options


class MessageQueue:
    """``publish`` and ``listen_to`` return at once; two tasks do the rest, each on a connection of its own."""

    def __init__(self, url: str, prefix: str, hear: Callable[[str, bytes], None], options: dict[str, Any]) -> None:
        """``hear(name, payload)`` is called for what others publish (and this one, too) on channels listened to.

        ``options`` are ``connection_options``.
        """
        self._pool = redis.ConnectionPool.from_url(url, **options)
        self._prefix = prefix
        self._hear = hear
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._publisher: Any = None
        self._is_started = self._is_publishing = False
        self._quiet_until = 0.0
        self._listener: Any = None
        self._wanted: set[str] = set()
        self._heard: set[str] = set()
        self._changes: dict[str, bool] = {}
        self._is_changing = False
        self._left_at: dict[str, float] = {}
        self._waiters: defaultdict[str, list[Any]] = defaultdict(list)
        self.dropped = 0

    @property
    def is_live(self) -> bool:
        """Whether others are heard right now."""
        return self._listener is not None

    def start(self) -> None:
        """Begin to listen; before, or in a process that never does, publishing waits for its answer."""
        self._is_started = True
        socketio.start_background_task(self._listen)
        socketio.start_background_task(self._leave_later)

    def publish(self, name: str, payload: bytes) -> None:
        """Tell those who listen to a channel; many of one moment share a round trip."""
        if time.monotonic() < self._quiet_until or len(self._waiting) >= WAITING_MAX:
            self.dropped += 1
            return
        self._waiting.append((self._prefix + name, payload))
        if not self._is_started:
            self._publish()
        elif not self._is_publishing:
            self._is_publishing = True
            socketio.start_background_task(self._publish)

    def listen_to(self, name: str) -> None:
        """Hear a channel from soon on; ``wait_for`` says when."""
        self._left_at.pop(name, None)
        if name not in self._wanted:
            self._wanted.add(name)
            self._change(name, True)

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

    # Publishing

    def _publish(self) -> None:
        try:
            while self._waiting:
                trip = [self._waiting.popleft() for _ in range(min(_IN_ONE_TRIP, len(self._waiting)))]
                self._publish_now(trip)
        finally:
            self._is_publishing = False

    def _publish_now(self, trip: list[tuple[str, bytes]]) -> None:
        try:
            if self._publisher is None:
                self._publisher = _connected(self._pool)
            commands = self._publisher.pack_commands([("PUBLISH", *each) for each in trip])
            self._publisher.send_packed_command(commands, check_health=False)
            for _ in trip:
                self._publisher.read_response()
        except (RedisError, OSError) as error:
            self._give_up_publishing(error, len(trip))

    def _give_up_publishing(self, error: Exception, count: int) -> None:
        """What is lost here reaches others by ``head``; trying on would only make everybody late."""
        _drop(self._publisher)
        self._publisher = None
        self.dropped += count + len(self._waiting)
        self._waiting.clear()
        if time.monotonic() >= self._quiet_until:
            log.warning("redis away: could not publish: %s", type(error).__name__)
        self._quiet_until = time.monotonic() + random.uniform(*RETRY_SECONDS)  # noqa: S311 (spreads load)

    # Listening

    def _listen(self) -> None:
        was_away = False
        while True:
            connection = None
            try:
                connection = _connected(self._pool)
                self._begin(connection)
                log.info("redis heard")
                was_away = False
                self._hear_all(connection)
            except (RedisError, OSError) as error:
                if not was_away:
                    log.warning("redis away: cannot listen: %s", type(error).__name__)
                was_away = True
            finally:
                self._end(connection)
            socketio.sleep(random.uniform(*RETRY_SECONDS))  # noqa: S311 (spreads load)

    def _begin(self, connection: Any) -> None:
        self._changes.clear()
        for names in chunks(sorted(self._wanted), _IN_ONE_TRIP):
            connection.send_command("SUBSCRIBE", *(self._prefix + name for name in names), check_health=False)
        self._listener = connection

    def _hear_all(self, connection: Any) -> None:
        is_asked = False
        while True:
            try:
                answer = connection.read_response(disconnect_on_error=False)
            except redis.TimeoutError:
                if is_asked:
                    raise
                is_asked = True
                connection.send_command("PING", check_health=False)
                continue
            is_asked = False
            if isinstance(answer, list):
                self._take(answer)

    def _take(self, answer: list[Any]) -> None:
        kind = answer[0]
        if kind == b"message":
            name = answer[1].decode().removeprefix(self._prefix)
            try:
                self._hear(name, answer[2])
            except Exception:
                log.exception("a message of %s could not be handled", name)
        elif kind == b"subscribe":
            name = answer[1].decode().removeprefix(self._prefix)
            self._heard.add(name)
            for waiter in self._waiters.pop(name, ()):
                waiter.count_down()
        elif kind == b"unsubscribe" and answer[1]:
            self._heard.discard(answer[1].decode().removeprefix(self._prefix))

    def _end(self, connection: Any) -> None:
        self._listener = None
        self._heard.clear()
        _drop(connection)
        waiters, self._waiters = self._waiters, defaultdict(list)
        for waiter in {id(each): each for some in waiters.values() for each in some}.values():
            waiter.event.set()

    # Which channels

    def _change(self, name: str, wanted: bool) -> None:
        self._changes[name] = wanted
        if not self._is_changing:
            self._is_changing = True
            socketio.start_background_task(self._send_changes)

    def _send_changes(self) -> None:
        try:
            while self._changes and self._listener is not None:
                changes, self._changes = self._changes, {}
                for command, wanted in (("SUBSCRIBE", True), ("UNSUBSCRIBE", False)):
                    names = [self._prefix + name for name, is_wanted in changes.items() if is_wanted is wanted]
                    for some in chunks(names, _IN_ONE_TRIP):
                        self._send(self._listener, command, some)
        except OSError:
            pass  # the listener notices by itself, and begins again with all that is wanted
        finally:
            self._is_changing = False

    @staticmethod
    def _send(connection: Any, command: str, names: Sequence[str]) -> None:
        """Past the connection's own way of sending, which closes the socket when it fails: another task reads it."""
        wire = connection._sock
        if wire is not None:
            wire.sendall(b"".join(connection.pack_command(command, *names)))

    def _leave_later(self) -> None:
        while True:
            socketio.sleep(LEAVE_SECONDS / 2)
            due = time.monotonic() - LEAVE_SECONDS
            for name in [name for name, since in self._left_at.items() if since <= due]:
                del self._left_at[name]
                self._wanted.discard(name)
                self._change(name, False)


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


def _drop(connection: Any) -> None:
    if connection is not None:
        connection.disconnect()
