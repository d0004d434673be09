"""The real server, as its users start it: processes of its own on a port of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from tests.support.running import ROOT, clean_environment, run_flask
from tests.support.services import children_of, free_port, with_parent
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from tests.support.stacks import Stack

__all__ = ["ROOT", "Server", "clean_environment", "free_port", "run_flask"]

FAULT_LINES = re.compile(
    r"Traceback \(most recent call last\)|^\S*Error: |task was destroyed|Exception ignored",
    re.MULTILINE,
)


def is_helper(pid: int) -> bool:
    """Whether it is a program that one of the server's processes has started beside itself."""
    try:
        return b"hash_process.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


class Server:
    """One server with a database of its own, on either stack; stays itself over restarts.

    On several workers it is one program that has started them; all are one process group.
    """

    def __init__(self, folder: Path, stack: "Stack", **settings: str) -> None:
        self.folder = folder
        self.ground = stack.provide(folder)
        self.database = self.ground.database
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = folder / "server.log"
        self.log_path.touch()
        self.settings = {
            "APP_ENV": "development",
            "RATE_LIMITS": "off",
            "INSTANCE_PATH": str(folder),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            **self.ground.settings,
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self._checked = 0  # of the log, in bytes

    def start(self) -> "Server":
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                with_parent(sys.executable, "wsgi.py"),
                cwd=ROOT,
                env=clean_environment(**self.settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(self.is_up, within=60)
        self.expect_all_workers()
        return self

    def expect_all_workers(self) -> None:
        """Waits until each worker takes connections; a server is up as soon as one does."""
        wanted = int(self.settings.get("WEB_CONCURRENCY", "1"))
        if wanted == 1:
            return
        with ExitStack() as held:  # each goes to the worker that has the fewest

            def workers() -> set[int | None]:
                connection = held.enter_context(socket.create_connection(("127.0.0.1", self.port), 5))
                connections.append(connection.getsockname()[1])
                return {self.worker_at(port) for port in connections} - {None}

            connections: list[int] = []
            eventually(lambda: len(workers()) >= wanted, within=60, every=0.2)

    def worker_at(self, client_port: int) -> int | None:
        """The process that has taken in the connection from a port; None if none has yet."""
        ends = (f":{self.port:04X}", f":{client_port:04X}")
        table = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        inode = next((row[9] for row in table if row[1].endswith(ends[0]) and row[2].endswith(ends[1])), None)
        for pid in self.worker_pids():
            with suppress(OSError):
                for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                    with suppress(OSError):
                        if os.readlink(descriptor) == f"socket:[{inode}]":
                            return pid
        return None

    def is_up(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            status = self.process.returncode if self.process else None
            raise AssertionError(f"the server did not stay up ({status}):\n{self.log()}")
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def worker_pids(self) -> list[int]:
        """The processes that answer: the workers, or the only one there is."""
        assert self.process is not None
        workers = [pid for pid in children_of(self.process.pid) if not is_helper(pid)]
        return workers or [self.process.pid]

    def helper_pids(self) -> list[int]:
        """Those that make password hashes for them, as far as they have begun to."""
        return [pid for worker in self.worker_pids() for pid in children_of(worker) if is_helper(pid)]

    def kill(self) -> None:
        """kill -9 of all its processes: no goodbye to anybody."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL only for one that does not listen."""
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop it and clear away what it stood on."""
        try:
            self.stop()
        finally:
            self.ground.clear()

    def _end(self, sign: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(sign)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            raise AssertionError("SIGTERM did not end the server within 30 s") from None
        finally:
            self.process = None

    def flask(self, *arguments: str) -> str:
        return run_flask(*arguments, **self.settings)

    def create_user(self, username: str, password: str, *options: str) -> None:
        """As the operator does it."""
        run_flask("user", "create", username, *options, **self.settings | {"CHAT_PASSWORD": password})

    def log(self, since: int = 0) -> str:
        return self.log_path.read_bytes()[since:].decode(errors="replace")

    def log_size(self) -> int:
        return self.log_path.stat().st_size

    def check_log(self) -> None:
        """Fails on a traceback since the last look: nothing that a client does may end in one."""
        written = self.log_path.read_bytes()
        log = written[self._checked :].decode(errors="replace")
        self._checked = len(written)
        found = FAULT_LINES.search(log)
        if found:
            start = max(0, found.start() - 1000)
            raise AssertionError(f"the server's log has:\n{log[start : found.start() + 9000]}")
