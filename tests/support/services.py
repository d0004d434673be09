"""Real servers of PostgreSQL and Redis in folders of their own, which can be stopped in all the ways they stop.

They listen on free ports of this machine only, and end with the process that started them, however it ends.
"""

import atexit
import contextlib
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg

from tests.support.waiting import eventually

# As whom PostgreSQL runs when we are root, which it refuses.
POSTGRES_USER = "postgres"


# Below those that the system gives to connections, and for each process of a parallel run some of its own: a port is
# bound a second or more after it was found.
PORTS_EACH = 2_000
_first_port = 16_000 + PORTS_EACH * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_ports = itertools.count(random.randrange(PORTS_EACH))


def free_port() -> int:
    """A port that nobody listens at, and that nobody else of this run is given."""
    while True:
        port = _first_port + next(_ports) % PORTS_EACH
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def find_postgres(program: str) -> str:
    """The path of one of PostgreSQL's programs, which Debian keeps out of the PATH; the newest there is."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name)):
        if (folder / program).exists():
            return str(folder / program)
    found = shutil.which(program)
    assert found, f"no {program}; bin/test installs PostgreSQL"
    return found


def children_of(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found = subprocess.run(["ps", "-eo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in found.stdout.splitlines()]
    return [int(child) for child, parent, state in rows if int(parent) == pid and not state.startswith("Z")]


def is_running(pid: int) -> bool:
    """Also false of one that has ended and that nobody has asked after yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in ("Z", "X")


class Service:
    """A server process of ours; stays itself over restarts, on the same port."""

    name = "service"

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"chat-{self.name}-"))
        self.process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    def command(self) -> list[str]:
        raise NotImplementedError

    def is_up(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl+C is for the tests; they end it themselves
            )
        eventually(self._is_up, within=30, every=0.05)

    def _is_up(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} did not stay up:\n{(self.folder / 'log').read_text()[-3000:]}")
        return self.is_up()

    def pids(self) -> list[int]:
        """Of all its processes."""
        return [self.process.pid, *children_of(self.process.pid)] if self.process else []

    def stop(self) -> None:
        self.end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9 of all of it; returns when nothing of it is left, beside which PostgreSQL would not start again."""
        if self.process is None:
            return
        send_signal(self.process.pid, signal.SIGSTOP)  # so that it starts no more of them meanwhile
        pids = self.pids()
        for pid in pids:
            send_signal(pid, signal.SIGKILL)
        self.end(signal.SIGKILL)
        eventually(lambda: not any(is_running(pid) for pid in pids), within=30)

    def pause(self) -> None:
        """SIGSTOP: it takes connections in, the way the system does for it, and answers nobody."""
        for pid in self.pids():
            send_signal(pid, signal.SIGSTOP)

    def resume(self) -> None:
        for pid in self.pids():
            send_signal(pid, signal.SIGCONT)

    def end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        send_signal(self.process.pid, how)
        self.process.wait(30)
        self.process = None

    def close(self) -> None:
        """End it and remove what it kept."""
        if self.folder.exists():
            self.kill()
            shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.close)


class Postgres(Service):
    """A PostgreSQL cluster. ``durable`` syncs each commit to the disk, as in real life; tests are faster without.

    Its default collation is a language's, unlike SQLite's, so that a missing COLLATE shows.
    """

    name = "postgres"

    def __init__(self, *, durable: bool = False, max_connections: int = 200) -> None:
        super().__init__()
        self._settings = {
            "fsync": "on" if durable else "off",
            "synchronous_commit": "on",
            "max_connections": str(max_connections),
            "timezone": "UTC",
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "shared_buffers": "128MB",
            "dynamic_shared_memory_type": "posix",
        }
        if os.getuid() == 0:
            shutil.chown(self.folder, POSTGRES_USER)
        self._run(
            *[find_postgres("initdb"), "-D", str(self.folder / "data"), "--username=chat", "--auth=trust", "-N"],
            *["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"],
        )

    def command(self) -> list[str]:
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        return as_user(find_postgres("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port), *settings)

    def is_up(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://chat@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """Make a database, as a copy of one that nobody is connected to; its address."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """Run a statement as the superuser, outside of any transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def stop(self) -> None:
        """Without waiting for those who are connected (fast)."""
        self.end(signal.SIGINT)

    def stop_at_once(self) -> None:
        """Without a goodbye (immediate): the next start recovers from the log, as after a power cut."""
        self.end(signal.SIGQUIT)

    def restart_at_once(self) -> None:
        self.stop_at_once()
        self.start()

    def _run(self, *command: str) -> None:
        done = subprocess.run(as_user(*command), cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


class Redis(Service):
    """A Redis server that keeps nothing."""

    name = "redis"

    def command(self) -> list[str]:
        program = shutil.which("redis-server")
        assert program, "no redis-server; bin/test installs it"
        return with_parent(program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")

    def is_up(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        return False

    def take_away(self, how: str) -> None:
        """``killed`` or ``stopped``."""
        (self.kill if how == "killed" else self.pause)()

    def bring_back(self, how: str) -> None:
        """What ``take_away`` took."""
        (self.start if how == "killed" else self.resume)()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


def with_parent(*command: str) -> list[str]:
    """The command, to be ended with us also when we are killed (on Linux).

    With the very thread that starts it, to be exact: start servers from the main one.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", *command] if setpriv else list(command)


def as_user(*command: str) -> list[str]:
    """The command as somebody whom PostgreSQL accepts."""
    if os.getuid() != 0:
        return with_parent(*command)
    setpriv = shutil.which("setpriv")
    assert setpriv, "PostgreSQL does not run as root; run the tests as somebody else, or install setpriv"
    rights = [f"--reuid={POSTGRES_USER}", f"--regid={POSTGRES_USER}", "--init-groups", "--pdeathsig", "INT"]
    return [setpriv, *rights, *command]


def send_signal(pid: int, sign: signal.Signals) -> None:
    """To a process that may have ended meanwhile."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)
