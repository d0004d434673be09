"""The real server, as its users start it: a process of its own on a port of its own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import requests

from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
FAULT_LINES = re.compile(
    r"Traceback \(most recent call last\)|^\S*Error: |task was destroyed|Exception ignored",
    re.MULTILINE,
)


# fmt: off
SETTINGS = {
    "PORT", "HOST", "BIND", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "WEB_CONCURRENCY", "APP_ENV",
    "RATE_LIMITS", "ALLOWED_ORIGINS", "TRUSTED_PROXIES", "STORAGE_URL", "MAX_UPLOAD_MB", "SIGNUP",
    "INSTANCE_PATH", "SITE_NAME", "COOKIE_SECURE", "FLASK_APP",
}
# fmt: on


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(**settings: str) -> dict[str, str]:
    """The machine's environment without any setting of the chat, plus `settings`.

    ASYNC_MODE stays, so that `ASYNC_MODE=gevent bin/test` runs everything under the other one.
    """
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return kept | {"PYTHONUNBUFFERED": "1"} | settings


def run_flask(*arguments: str, timeout: float = 120, **settings: str) -> str:
    """Runs `flask ...` of the project to its end and gives back what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", *arguments],
        cwd=ROOT,
        env=clean_environment(**{"APP_ENV": "development"} | settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"flask {' '.join(arguments)}: {done.stdout}\n{done.stderr}")
    return done.stdout


class Server:
    """One server over one SQLite file in `folder`; stays itself over restarts."""

    def __init__(self, folder: Path, template: Path, **settings: str) -> None:
        self.folder = folder
        self.database = folder / "chat.db"
        if not self.database.exists():
            shutil.copy(template, self.database)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = folder / "server.log"
        self.log_path.touch()
        self.settings = {
            "APP_ENV": "development",
            "RATE_LIMITS": "off",
            "DATABASE_URL": f"sqlite:///{self.database}",
            "INSTANCE_PATH": str(folder),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
        } | settings
        self.process: subprocess.Popen[bytes] | None = None
        self.expected_faults: list[str] = []

    def start(self) -> "Server":
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "wsgi.py"],
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
            raise AssertionError(f"the server did not stay up:\n{self.log()}")
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def worker_pids(self) -> list[int]:
        """The processes that serve."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def kill(self) -> None:
        """kill -9 of all its processes: no goodbye to anybody."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL only for one that does not listen."""
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _end(self, sign: signal.Signals) -> None:
        if self.process is None:
            return
        if sign == signal.SIGKILL:
            os.killpg(self.process.pid, sign)
        else:
            self.process.send_signal(sign)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
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
            raise AssertionError(f"the server's log has:\n{log[start : found.start() + 4000]}")
