"""Idle connections, held by a process of its own: ``python -m bench.hold`` with a plan on standard input as JSON.

``{"port", "cookies"}``: opens a socket for each cookie, prints ``open``, answers the heartbeats, and ends with its
standard input, or after LIMIT_SECONDS.
"""

from __future__ import annotations

import json
import select
import signal
import sys

from bench.process import raise_descriptor_limit
from bench.wire import DIALECTS, Connection

LIMIT_SECONDS = 900


def main() -> None:
    """Open and hold."""
    signal.alarm(LIMIT_SECONDS)
    raise_descriptor_limit()
    plan = json.loads(sys.stdin.readline())
    epoll, held = select.epoll(), {}
    epoll.register(sys.stdin, select.EPOLLIN)
    for cookie in plan["cookies"]:
        connection = Connection(plan["port"], DIALECTS["chat"], cookie)
        held[connection.fileno()] = connection
        epoll.register(connection.fileno(), select.EPOLLIN)
        _listen(epoll, held, 0)
    print("open", flush=True)
    while _listen(epoll, held, 1):
        pass


def _listen(epoll: select.epoll, held: dict[int, Connection], seconds: float) -> bool:
    """Take in what has come; False once standard input has ended."""
    for number, _ in epoll.poll(seconds):
        if number not in held:
            return False
        held[number].receive()
    return True


if __name__ == "__main__":
    main()
