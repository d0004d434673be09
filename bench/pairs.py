"""The one workload that everything is compared on: 20 pairs of people, one message in flight in each.

Every message is committed before its ack. Reported: messages a second, the time from send to the other's receipt, and
the CPU time of the server's process for each message. Both async modes in turn, so that they share one sitting.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.process import cpu_seconds
from tests.support.people import Person
from tests.support.server import Server
from tests.support.stacks import OneProcess

PAIRS = 20
WARMUP_SECONDS = 3
SECONDS = 10
BODY = "x" * 100


def main() -> None:
    """Print the table."""
    print(f"{PAIRS} pairs, bodies of {len(BODY)} bytes, {SECONDS} s after {WARMUP_SECONDS} s of warm-up")
    print(f"{'system':<28}{'msg/s':>8}{'p50 ms':>9}{'p99 ms':>9}{'server CPU µs/msg':>20}")
    for mode in ("eventlet", "gevent"):
        with tempfile.TemporaryDirectory() as folder:
            _report(f"SQLite, {mode}", _measure(Path(folder), ASYNC_MODE=mode))


def _measure(folder: Path, **settings: str) -> dict[str, Any]:
    server = Server(folder, OneProcess(folder), **settings).start()
    try:
        return _load(server, [_pair(server, number) for number in range(PAIRS)])
    finally:
        server.close()


def _pair(server: Server, number: int) -> dict[str, Any]:
    one, other = (Person(server.url, f"{name}{number}").sign_up() for name in ("ann", "ben"))
    return {"conversation_id": one.talk_to(other), "cookies": [one.cookie, other.cookie]}


def _load(server: Server, pairs: list[dict[str, Any]]) -> dict[str, Any]:
    assert server.process is not None
    plan = {"port": server.port, "pairs": pairs, "warmup": WARMUP_SECONDS, "seconds": SECONDS, "body": BODY}
    command = [sys.executable, "-m", "bench.load"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as generator:
        assert generator.stdin is not None
        assert generator.stdout is not None
        generator.stdin.write(json.dumps(plan))
        generator.stdin.close()
        assert generator.stdout.readline() == "warm\n"
        before = sum(cpu_seconds(p) for p in server.worker_pids())
        result: dict[str, Any] = json.loads(generator.stdout.readline())
        result["cpu"] = sum(cpu_seconds(p) for p in server.worker_pids()) - before
    return result


def _report(name: str, result: dict[str, Any]) -> None:
    took = sorted(result["latencies"])
    p50, p99 = (took[int(len(took) * share)] * 1e3 for share in (0.5, 0.99))
    rate = result["messages"] / result["seconds"]
    print(f"{name:<28}{rate:>8.0f}{p50:>9.1f}{p99:>9.1f}{result['cpu'] / result['messages'] * 1e6:>20.0f}")


if __name__ == "__main__":
    main()
