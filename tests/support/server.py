"""The real server, as its users start it: processes of its own on a port of its own."""

import os
import re
import signal
import subprocess
import sys
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
        self.expected_faults: list[str] = []

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
        eventually(self.is_up, within=30)
        return self

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
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            raise AssertionError("SIGTERM did not end the server within 10 s") from None
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

    def check_log(self, since: int = 0) -> None:
        """Fails on a traceback: nothing that a client does may end in one."""
        log = self.log(since)
        found = FAULT_LINES.search(log)
        if found:
            start = max(0, found.start() - 1000)
            raise AssertionError(f"the server's log has:\n{log[start : found.start() + 9000]}")
