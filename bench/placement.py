"""Which of a server's processes has a connection, and how to get one that a chosen process has.

The system hands a new connection to whichever process takes it first. Which one did is seen from outside: the
server's end of it is a socket that only that process holds.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bench.process import BenchError, tree
from bench.wire import Connection, Dialect

_TRIES = 2_000


def worker_of(server_pid: int, server_port: int, local_port: int) -> int:
    """The process under ``server_pid`` that serves the connection which comes from ``local_port``."""
    server, client = (f"0100007F:{port:04X}" for port in (server_port, local_port))
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == server and fields[2] == client:
            held = f"socket:[{fields[9]}]"
            for pid in tree(server_pid):
                for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                    try:
                        if str(descriptor.readlink()) == held:
                            return pid
                    except OSError:
                        continue  # closed meanwhile
    raise BenchError(f"nobody under {server_pid} has the connection")


class Opener:
    """Opens the connections of pairs: anywhere, or all senders on one process and all receivers on another."""

    def __init__(self, port: int, dialect: Dialect, server_pid: int, *, is_split: bool) -> None:
        self._port = port
        self._dialect = dialect
        self._server_pid = server_pid
        self._is_split = is_split
        self._chosen: list[int] = []
        self._counts: Counter[int] = Counter()

    @property
    def counts(self) -> list[int]:
        """How many of the open connections each process has, most first."""
        return sorted(self._counts.values(), reverse=True)

    def open_pair(self, cookies: list[str]) -> list[Connection]:
        """The sender's connection and the receiver's."""
        if not self._is_split:
            return [self._open(cookie)[1] for cookie in cookies]
        if not self._chosen:
            self._chosen = self._choose(cookies[0])
        return [self._open_on(pid, cookie) for pid, cookie in zip(self._chosen, cookies, strict=True)]

    def _open(self, cookie: str) -> tuple[int, Connection]:
        connection = Connection(self._port, self._dialect, cookie)
        pid = worker_of(self._server_pid, self._port, connection.local_port) if self._server_pid else 0
        self._counts[pid] += 1
        return pid, connection

    def _open_on(self, pid: int, cookie: str) -> Connection:
        for _ in range(_TRIES):
            got, connection = self._open(cookie)
            if got == pid:
                return connection
            self._let_go(got, connection)
        raise BenchError(f"process {pid} took none of {_TRIES} connections")

    def _choose(self, cookie: str) -> list[int]:
        """The two processes that take most of a first few connections; these all stay open until it is known."""
        opened = [self._open(cookie) for _ in range(40)]
        seen = Counter(pid for pid, _ in opened)
        for pid, connection in opened:
            self._let_go(pid, connection)
        if len(seen) < 2:
            raise BenchError("only one of the server's processes takes connections")
        return [pid for pid, _ in seen.most_common(2)]

    def _let_go(self, pid: int, connection: Connection) -> None:
        connection.close()
        self._counts[pid] -= 1
