"""Processes of a run: started so that they end with it, and what they and their children have used."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NANOSECONDS = 1e9
TICKS = os.sysconf("SC_CLK_TCK")
_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_libc = ctypes.CDLL(None)


class BenchError(Exception):
    """A part of a run did not come up or broke; the message is one line for the table."""


def start(command: list[str], *, stop_by: signal.Signals = signal.SIGTERM, **options: Any) -> subprocess.Popen[Any]:
    """Start a process that gets ``stop_by`` also when this one is killed."""
    options = {"cwd": ROOT, "stdin": subprocess.DEVNULL} | options
    return subprocess.Popen(
        command,
        preexec_fn=lambda: _libc.prctl(_SET_DEATH_SIGNAL, stop_by),
        **options,
    )


def stop(process: subprocess.Popen[Any], by: signal.Signals = signal.SIGTERM) -> None:
    """End a process, in the hard way when it takes more than 20 s."""
    process.send_signal(by)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def environment(**settings: str) -> dict[str, str]:
    """What a process needs of the machine's environment, without anybody's settings, and ``settings``."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)} | settings


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of ours."""
    return [sys.executable, "-m", module, *arguments]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def raise_descriptor_limit() -> None:
    """Allow this process as many open sockets as the system lets it have."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def tree(root: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        fields = _stat_fields(stat)
        if fields:
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads of a process so far, in seconds; finer than the clock ticks of /proc/<pid>/stat."""
    total = 0
    for schedstat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        total += int(schedstat.read_text().split()[0])
    return total / NANOSECONDS


def tree_cpu_seconds(root: int, *, is_fine: bool = False) -> float:
    """CPU time so far of a process and all below it, also of those that have ended and were waited for.

    ``is_fine`` leaves out threads and processes that have ended, which are only counted in clock ticks (10 ms):
    for many small differences while none of them ends.
    """
    total = 0.0
    for pid in tree(root):
        try:
            living = cpu_seconds(pid)
            fields = _stat_fields(Path(f"/proc/{pid}/stat"))
            own, ended_children = (sum(map(int, fields[at : at + 2])) / TICKS for at in (11, 13))
        except (OSError, ValueError):
            continue  # ended meanwhile: its parent has its time now
        # The ticks also count threads that have ended, the fine clock only those that live.
        total += living if is_fine else max(own, living) + ended_children
    return total


def tree_memory(root: int) -> dict[str, int]:
    """Bytes of memory of a process and all below it: ``Pss`` (shared pages split among who shares them), ``Rss``."""
    total = {"Pss": 0, "Rss": 0}
    for pid in tree(root):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in total:
                total[name] += int(value.split()[0]) * 1024
    return total


def _stat_fields(stat: Path) -> list[str]:
    """The fields from the state on; the name before them may hold anything. Empty for one that has ended."""
    try:
        return stat.read_text().rpartition(")")[2].split()
    except OSError:
        return []
