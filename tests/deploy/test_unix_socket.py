"""A socket instead of a port: how PythonAnywhere and nginx reach the chat."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import websocket

from tests.support.deployed import Unit, Unitary
from tests.support.running import ROOT, clean_environment
from tests.support.server import FAULT_LINES
from tests.support.services import children_of
from tests.support.unix_http import UnixConnection, get
from tests.support.waiting import eventually

pytestmark = pytest.mark.several_workers

SECRET_KEY = "a key of more than sixteen characters"


@pytest.fixture
def run() -> Iterator[Path]:
    """A folder with a short path: that of a socket may not be long."""
    folder = Path(tempfile.mkdtemp(prefix="chat-run-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def instance(run: Path, tmp_path: Path) -> Iterator[Unitary]:
    """deploy/chat.service on SQLite, as systemd would start it."""
    settings = {"SECRET_KEY": SECRET_KEY, "TRUSTED_PROXIES": "1", "INSTANCE_PATH": str(tmp_path)}
    one = Unitary(Unit("chat.service", run), settings)
    one.start()
    yield one
    if one.process is not None:
        one.stop()
    log = one.log()
    one.close()
    assert not FAULT_LINES.search(log), log


def answer_of(path: Path, address: str, **headers: str) -> tuple[int, dict[str, str], str]:
    connection = UnixConnection(path)
    connection.request("GET", address, headers=headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def open_websocket(path: Path) -> websocket.WebSocket:
    """An Engine.IO connection as far as its first packet."""
    plain = socket.socket(socket.AF_UNIX)
    plain.connect(str(path))
    wire = websocket.create_connection(
        "ws://localhost/socket.io/?EIO=4&transport=websocket", socket=plain, timeout=10, suppress_origin=True
    )
    assert wire.recv().startswith("0{")
    return wire


def test_pages_and_websockets(instance: Unitary) -> None:
    status, headers, body = answer_of(instance.socket_path, "/login", **{"X-Forwarded-Proto": "https"})
    assert status == 200
    assert headers["set-cookie"].startswith("__Host-session=")
    assert headers["strict-transport-security"]
    assert "csrf_token" in body
    wire = open_websocket(instance.socket_path)
    wire.send("40/chat,")
    refusal = wire.recv()
    assert refusal.startswith("44/chat,")
    assert json.loads(refusal.removeprefix("44/chat,"))["message"] == "login_required"
    wire.close()


def test_systemd_is_told_when_it_is_up_and_ends_it_in_time(instance: Unitary) -> None:
    """READY=1 comes from the process that systemd started; the unit's times fit the server's."""
    assert instance.unit.service["Type"] == "notify"
    said, pid = instance.heard()
    assert said.startswith("READY=1")
    assert instance.process is not None
    assert pid == instance.process.pid
    begun = time.monotonic()
    instance.stop()
    assert time.monotonic() - begun < instance.unit.seconds("TimeoutStopSec")
    assert not instance.socket_path.exists()


def test_reload_starts_new_workers_and_keeps_the_socket(instance: Unitary) -> None:
    assert instance.process is not None
    before = set(children_of(instance.process.pid))
    inode = instance.socket_path.stat().st_ino
    os.kill(instance.process.pid, instance.unit.reload_signal)

    def is_replaced() -> bool:
        assert get(instance.socket_path, "/healthz") == 200, "somebody was refused"
        assert instance.process is not None
        present = set(children_of(instance.process.pid))
        return bool(present) and not present & before

    eventually(is_replaced, within=90, every=0.05)
    assert instance.socket_path.stat().st_ino == inode


def test_reload_reads_all_of_the_code_anew(run: Path, tmp_path: Path) -> None:
    """config.py and serving/ are also known to the process that stays."""
    copy = tmp_path / "copy"
    ignored = shutil.ignore_patterns(".*", "tests", "bench", "docs", "instance", "__pycache__")
    shutil.copytree(ROOT, copy, ignore=ignored)
    path = run / "1.sock"
    process = start_in(copy, [sys.executable, "wsgi.py", "--upgrade"], path, tmp_path)
    try:
        eventually(lambda: get(path, "/healthz") == 200, within=90)
        assert "<title>Log in" in answer_of(path, "/login")[2]
        for name, old, new in (
            ("config.py", 'self._text("SITE_NAME", "Chat")', 'self._text("SITE_NAME", "Changed")'),
            ("gunicorn.conf.py", 'proc_name = "chat"', 'proc_name = "changed"'),
        ):
            text = (copy / name).read_text()
            assert old in text
            (copy / name).write_text(text.replace(old, new))
        process.send_signal(signal.SIGHUP)
        eventually(lambda: "Changed" in answer_of(path, "/login")[2], within=90)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_who_is_just_coming_in_is_told_to_come_back(instance: Unitary) -> None:
    """A connection that was accepted before SIGTERM becomes a WebSocket after it."""
    early = open_websocket(instance.socket_path)
    late = socket.socket(socket.AF_UNIX)
    late.connect(str(instance.socket_path))
    head = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    late.sendall(head.encode())
    assert get(instance.socket_path, "/healthz") == 200  # so the earlier one has been accepted
    begun = time.monotonic()
    assert instance.process is not None
    instance.process.send_signal(signal.SIGTERM)
    eventually(lambda: not instance.socket_path.exists())
    assert early.recv() == "1"
    rest = "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    late.sendall(rest.encode())
    late.settimeout(5)
    told = b""
    while chunk := late.recv(4096):
        told += chunk
    assert told == b"" or told.endswith(b"\x88\x02\x03\xe9"), told  # refused, or 1001: going away
    late.close()
    early.close()
    instance.process.wait(20)
    assert time.monotonic() - begun < 10, "it had to be ended"  # graceful_timeout


def test_nobody_is_let_in_before_it_is_ready(run: Path, tmp_path: Path) -> None:
    """So that a proxy turns to another instance meanwhile."""
    path = run / "1.sock"
    process = start_in(ROOT, [sys.executable, "wsgi.py", "--upgrade"], path, tmp_path)
    try:
        modes = []

        def is_up() -> bool:
            if path.exists():
                modes.append(stat.S_IMODE(path.stat().st_mode))
            return bool(modes) and modes[-1] != 0 and get(path, "/healthz") == 200

        eventually(is_up, within=90, every=0.001)
        assert modes[0] == 0
        assert modes[-1] == 0o666
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("{run}/none/1.sock", "no folder"),
        ("{run}/" + "x" * 120, "103 bytes"),
        ("{run}/a_file", "no socket"),
    ],
)
def test_a_socket_that_cannot_be_is_refused_in_one_line(run: Path, tmp_path: Path, place: str, said: str) -> None:
    (run / "a_file").touch()
    process = start_in(ROOT, [sys.executable, "wsgi.py"], Path(place.format(run=run)), tmp_path)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.startswith("BIND: ")
    assert said in errors
    assert len(errors.splitlines()) == 1


def test_the_command_for_pythonanywhere(run: Path, tmp_path: Path) -> None:
    """From another folder, without a shell's help, with the host's variable and a file .env."""
    home = tmp_path / "chat"
    ignored = shutil.ignore_patterns(".*", "tests", "bench", "docs", "instance", "__pycache__")
    shutil.copytree(ROOT, home, ignore=ignored)
    (home / ".venv").symlink_to(Path(sys.executable).parent.parent)
    (home / ".env").write_text(
        f"SECRET_KEY='{SECRET_KEY}'\nTRUSTED_PROXIES=1\nDATABASE_URL=sqlite:///{tmp_path}/chat.sqlite\n"
    )
    path = run / "app.sock"
    process = subprocess.Popen(
        ["/bin/sh", str(home / "deploy" / "pythonanywhere.sh")],
        cwd="/",
        env={"DOMAIN_SOCKET": str(path), "PATH": os.defpath},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        eventually(lambda: get(path, "/readyz") == 200, within=90)
        forwarded = {"X-Forwarded-For": "1.2.3.4, 198.51.100.7", "X-Forwarded-Proto": "https"}
        status, headers, _ = answer_of(path, "/login", **forwarded)
        assert status == 200
        assert headers["set-cookie"].startswith("__Host-session=")
        open_websocket(path).close()
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=20)
    assert not FAULT_LINES.search(errors), errors


def test_another_kind_of_worker_is_refused(run: Path, tmp_path: Path) -> None:
    """gunicorn looks for its settings where it is started, not where --chdir says; half a chat would come of it."""
    command = [sys.executable, "-m", "gunicorn", "--chdir", str(ROOT), "--bind", f"unix:{run}/1.sock", "wsgi:app"]
    process = start_in(tmp_path, command, run / "1.sock", tmp_path)
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "only this project's own worker can serve it" in errors


def start_in(folder: Path, command: list[str], path: Path, state: Path) -> "subprocess.Popen[str]":
    settings = {"SECRET_KEY": SECRET_KEY, "BIND": f"unix:{path}", "INSTANCE_PATH": str(state)}
    return subprocess.Popen(
        command,
        cwd=folder,
        env=clean_environment(**settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
