"""gunicorn's worker for this app: HTTP and WebSockets on the patched standard library, the same for each async mode.

gunicorn parses the requests; this class accepts connections, goes on with those that become WebSockets, and drains
when it is told to end.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import select
import signal
import socket
import time
from typing import Any

from gunicorn.workers.base_async import AsyncWorker

from serving import loop
from serving.handover import Handover

# What a client may take for a request, or between two of them; WebSockets have heartbeats, which are more frequent.
IDLE_SECONDS = 30
# Of a unix socket; before, nobody may connect (umask in gunicorn.conf.py), so that a proxy turns to another instance
# instead of waiting for this one to start. Who may reach it at all is up to its folder.
SOCKET_MODE = 0o666
# So long at most a worker that is replaced waits for its successors: on a small or busy machine several of them take
# half a minute to start, and until then nobody else would serve.
SUCCESSORS_SECONDS = 60.0
# So long a worker with more connections leaves a new one to the others.
_COURTESY_SECONDS = 0.01
# gunicorn ends a worker that has not been heard of for long; it is told so often that all is well.
_NOTIFY_SECONDS = 0.25
_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def settle_garbage() -> None:
    """Keep collections of garbage rare and short: with 10,000 connections a full one stops everybody for 0.2 s.

    What was imported stays for good, and is a third of that. What comes and goes with messages dies young, and what
    stays is looked at in small lots: 20,000 objects at most take some 6 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 10, 100)


class _Name:
    """Of a listener, which may be closed by the time a request of one of its connections is read."""

    __slots__ = ("_name",)

    def __init__(self, name: Any) -> None:
        self._name = name

    def getsockname(self) -> Any:
        """What gunicorn asks it for."""
        return self._name


class Worker(AsyncWorker):
    """Serves until told to end; then drains for ``graceful_timeout`` seconds at most.

    One that is replaced goes on until its successors are ready, so that there is always somebody to come back to.
    """

    handover: Handover  # both given by gunicorn.conf.py
    async_mode: str
    _is_quitting = False

    def init_process(self) -> None:
        self._may_go_at: float | None = None
        # Patching takes a while, in which the arbiter's handlers, still in place here, would swallow the word to end.
        signal.signal(signal.SIGTERM, self.handle_exit)
        signal.signal(signal.SIGQUIT, self.handle_quit)
        self.loop = loop.patch(self.async_mode)
        # Made by the arbiter, which is not patched.
        self.sockets: list[Any] = [
            socket.socket(each.sock.family, each.sock.type, fileno=each.sock.detach()) for each in self.sockets
        ]
        self._taken_over: dict[int, Any] = {}
        self._idle: set[Any] = set()
        self._requests = 0
        self._connections = 0
        super().init_process()

    def run(self) -> None:
        for listener in self.sockets:
            if listener.family == socket.AF_UNIX:
                os.chmod(listener.getsockname(), SOCKET_MODE)
            self.loop.spawn(self._accept, listener)
        settle_garbage()
        self.handover.note_ready(self.age)
        while self.alive:
            self.notify()
            self.loop.sleep(_NOTIFY_SECONDS)
        if not self._is_quitting:
            self._drain()

    def notify(self) -> None:
        super().notify()
        if self._may_go_at is not None and self.alive:
            self.alive: bool = self.handover.wait_for_successors(self.age) and time.monotonic() < self._may_go_at
        if self.ppid != os.getppid():
            self.log.warning("the arbiter has gone; worker %s ends", self.pid)
            self.alive = False

    def timeout_ctx(self) -> Any:
        return self.loop.timeout(IDLE_SECONDS)

    def handle_exit(self, sig: int, frame: Any) -> None:
        if self._may_go_at is None:
            self._may_go_at = time.monotonic() + SUCCESSORS_SECONDS

    def handle_quit(self, sig: int, frame: Any) -> None:
        # Raised here, an exit would end whichever greenlet happens to run.
        self._is_quitting = True
        self.alive = False

    def is_already_handled(self, respiter: Any) -> bool:
        if hasattr(respiter, "client"):  # websocket.TakeOver
            self._taken_over[id(respiter.client)] = respiter.run
            raise StopIteration
        return False

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        self._requests += 1
        self._idle.discard(sock)
        try:
            self.loop.sleep(0)  # of requests that were sent all at once none waits for anything: others get a turn
            return super().handle_request(listener_name, req, sock, addr)
        except TimeoutError as error:  # of a client that takes no more of its answer
            raise StopIteration from error  # gunicorn's word for the end of the connection
        finally:
            self._requests -= 1
            self._idle.add(sock)

    def _accept(self, listener: Any) -> None:
        """Take connections in; ends, and closes the listener, soon after the worker was told to end.

        Nobody else may close it: its descriptor would be taken by the next thing that is opened, while the event
        loop still waits here for the old one.
        """
        with listener:
            while self.alive:
                if self._connections >= self.worker_connections:
                    self.loop.sleep(0.1)
                    continue
                try:
                    self._accept_one(listener)
                except TimeoutError:
                    continue
                except OSError as error:
                    if error.errno in _OUT_OF_DESCRIPTORS:
                        self.log.warning("cannot accept connections: %s", error.strerror)
                        self.loop.sleep(0.5)

    def _accept_one(self, listener: Any) -> None:
        """Take one connection in. Of workers that share a listener, the one with the fewest gets it."""
        listener.settimeout(_NOTIFY_SECONDS)
        if self.cfg.workers > 1:
            readable, _, _ = select.select([listener], [], [], _NOTIFY_SECONDS)
            if not readable:
                return
            if self.handover.has_more_than_another(self.age, self._connections):
                self.loop.sleep(_COURTESY_SECONDS)
            listener.settimeout(_COURTESY_SECONDS)
        client, address = listener.accept()
        self._count(1)
        self.loop.spawn(self._serve, _Name(listener.getsockname()), client, address)

    def _count(self, more: int) -> None:
        self._connections += more
        self.handover.note_connections(self.age, self._connections)

    def _serve(self, listener: _Name, client: Any, address: Any) -> None:
        """One connection's life: HTTP, then, in the same greenlet, the WebSocket it may have become."""
        try:
            client.settimeout(IDLE_SECONDS)
            if client.family != socket.AF_UNIX:
                # Without it the last part of an answer waits 40 ms for a delayed ACK.
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._idle.add(client)
            self.handle(listener, client, address)
            self._idle.discard(client)
            go_on = self._taken_over.pop(id(client), None)
            del client
            if go_on is not None:
                go_on()
        except OSError as error:
            self.log.debug("connection lost: %s", error)
        finally:
            self._count(-1)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        if isinstance(exc, TimeoutError):  # of a client that stopped in the middle of its request
            return
        super().handle_error(req, client, addr, exc)

    def _drain(self) -> None:
        """No new connections, requests and sends in flight end, sockets are told to come back later."""
        limit = time.monotonic() + self.cfg.graceful_timeout
        self.wsgi.extensions["drain"].begin()
        while time.monotonic() < limit:
            if self._requests == 0 and self.wsgi.extensions["drain"].is_over:
                break
            self.notify()
            self.loop.sleep(0.05)
        for client in list(self._idle):
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_WR)  # of both ways gevent would raise an error where it is read
