"""Which worker somebody is connected to, and workers that are killed at random."""

import contextlib
import os
import random
import signal
import threading
from collections.abc import Callable
from typing import Any

from tests.support.people import Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually


def worker_of(server: Server, socket: Socket) -> int:
    """The process at the other end of a WebSocket."""
    worker = server.worker_at(socket.local_port)
    assert worker is not None, "no worker has this connection"
    return worker


def on_both_workers(server: Server, connect: Callable[..., Socket], person: Person) -> list[Socket]:
    """A person's sockets, one on each of two workers. The second worker of a server may still be starting."""
    found: dict[int, Socket] = {}

    def has_both() -> bool:
        socket = connect(person)
        found.setdefault(worker_of(server, socket), socket)
        return len(found) == 2

    eventually(has_both, within=30, every=0.1)
    return list(found.values())


def beside(server: Server, connect: Callable[..., Socket], socket: Socket, person: Person, **options: Any) -> Socket:
    """A socket of somebody on the worker of another one. Those that come to others are left open."""
    wanted = worker_of(server, socket)

    def come() -> Socket | None:
        came = connect(person, **options)
        return came if worker_of(server, came) == wanted else None

    return eventually(come, within=30)


class Killer:
    """kill -9 of a random worker every so many seconds, while it is entered."""

    def __init__(self, server: Server, dice: random.Random, every: float = 5.0) -> None:
        self.killed = 0
        self._server = server
        self._dice = dice
        self._every = every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._ended.wait(self._every if self.killed else self._every / 4):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._dice.choice(self._server.worker_pids()), signal.SIGKILL)
                self.killed += 1

    def __enter__(self) -> "Killer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
