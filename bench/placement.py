"""Which of a server's processes has a connection, and how to get one that a chosen process has.

The system hands a new connection to whichever process takes it first. Which one did is seen from outside: the
server's end of it is a socket that only that process holds.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bench.process import BenchError, tree
from bench.wire import Connection, Dialect

_TRIES = 500
_SCOUTS = 40


def worker_of(workers: list[int], server_port: int, local_port: int) -> int:
    """Which of the processes serves the connection that comes from ``local_port``."""
    server, client = (f"0100007F:{port:04X}" for port in (server_port, local_port))
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == server and fields[2] == client:
            held = f"socket:[{fields[9]}]"
            for pid in workers:
                if _holds(pid, held):
                    return pid
    raise BenchError("none of the server's processes has the connection")


def _holds(pid: int, held: str) -> bool:
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if str(descriptor.readlink()) == held:
                return True
        except OSError:
            continue  # closed meanwhile
    return False


class Opener:
    """Opens the connections of pairs: anywhere, or all senders on one process and all receivers on another."""

    def __init__(self, port: int, dialect: Dialect, server_pid: int, *, is_split: bool) -> None:
        self._port = port
        self._dialect = dialect
        self._workers = tree(server_pid) if server_pid else []
        self._is_split = is_split
        self._chosen: list[int] = []
        self._open: dict[Connection, int] = {}

    @property
    def counts(self) -> list[int]:
        """How many of the open connections each process has, most first."""
        return [count for _, count in Counter(self._open.values()).most_common()]

    def open_pair(self, cookies: list[str]) -> list[Connection]:
        """The sender's connection and the receiver's."""
        if not self._is_split:
            return [self._open_any(cookie) for cookie in cookies]
        if not self._chosen:
            self._choose(cookies[0])
        return [self._open_on(pid, cookie) for pid, cookie in zip(self._chosen, cookies, strict=True)]

    def _open_any(self, cookie: str) -> Connection:
        connection = Connection(self._port, self._dialect, cookie)
        self._open[connection] = worker_of(self._workers, self._port, connection.local_port) if self._workers else 0
        for other in self._open:
            other.receive()  # answers heartbeats: this may take longer than one may stay silent
        return connection

    def _open_on(self, pid: int, cookie: str) -> Connection:
        for _ in range(_TRIES):
            connection = self._open_any(cookie)
            if self._open[connection] == pid:
                return connection
            self._let_go(connection)
        raise BenchError(f"process {pid} took none of {_TRIES} connections")

    def _choose(self, cookie: str) -> None:
        """The two processes that take most of the first connections; these stay open until it is known."""
        while len(self._open) < _SCOUTS or len(set(self._open.values())) < 2:
            if len(self._open) == _TRIES:
                raise BenchError("only one of the server's processes takes connections")
            self._open_any(cookie)
        self._chosen = [pid for pid, _ in Counter(self._open.values()).most_common(2)]
        for connection in list(self._open):
            self._let_go(connection)

    def _let_go(self, connection: Connection) -> None:
        del self._open[connection]
        connection.close()
