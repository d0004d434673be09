"""One message to a group of 1,000 connected members: from the send to the last delivery, and what it takes.

Beside it, in the same run, a bare loop that writes the same frame to as many sockets and does nothing else. One
message at a time, so that nothing queues; medians. The members are sockets of one process, whose own reading is a
part of all rows alike.
"""

from __future__ import annotations

import contextlib
import select
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.app import STORES, app, wait_for_calm
from bench.options import parser
from bench.process import BenchError, free_port, python, raise_descriptor_limit, start, stop
from bench.services import Services
from bench.systems import MODES
from bench.table import machine, number, ratio, say, table, target, title
from bench.target import Target
from bench.wire import DIALECTS, Connection, client_ids

WARM_ROUNDS = 20
PAUSE_SECONDS = 0.05
HEAD = ("system", "first ms", "last ms", "ratio", "server CPU ms", "ratio")


@dataclass
class Told:
    """Of one message: seconds to the first and to the last delivery, and of the server's CPU."""

    first: float
    last: float
    cpu: float


def main() -> None:
    """Print a table."""
    options = parser(__doc__)
    options.add_argument("--members", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=100)
    options.add_argument("--modes", nargs="+", choices=MODES, default=MODES)
    chosen = options.parse_args()
    raise_descriptor_limit()
    title(f"A group of {chosen.members:,}", f"{machine()}; {chosen.rounds} messages, one at a time; medians.")
    found = {"a bare loop": _measured(_bare_loop(chosen.members), chosen.rounds)}
    with Services() as services:
        for mode in chosen.modes:
            for store, workers in [*((store, 1) for store in STORES), (STORES[-1], 2)]:
                name = f"{mode}, {store}, {workers} worker{'s' if workers > 1 else ''}"
                try:
                    wish = {"people": chosen.members, "logins": chosen.members, "pairs": 0, "group": chosen.members}
                    found[name] = _measured(app(services, store, mode, workers, **wish), chosen.rounds)
                    say(f"{name}: {found[name].last * 1e3:.1f} ms")
                except BenchError as error:
                    print(f"{name} failed: {error}\n")
    floor = found["a bare loop"]
    table(
        HEAD,
        [
            (
                name,
                number(told.first * 1e3, 1),
                number(told.last * 1e3, 1),
                ratio(told.last, floor.last),
                number(told.cpu * 1e3, 1),
                ratio(told.cpu, floor.cpu),
            )
            for name, told in found.items()
        ],
    )
    for name, told in found.items():
        if told is not floor:
            times = told.last / floor.last
            print(f"{name}: the last delivery takes {times:.2f} of the bare loop's (target {target(times, most=2)}).")


@contextlib.contextmanager
def _bare_loop(members: int) -> Iterator[Target]:
    port = free_port()
    process = start([*python("bench.peers.fanout"), str(port)])
    try:
        wait_for_calm(process.pid)
        yield Target(process.pid, port, "chat", [], cookies=["none=1"] * members, histories=[1])
    finally:
        stop(process)


def _measured(system: contextlib.AbstractContextManager[Target], rounds: int) -> Told:
    with system as running, contextlib.closing(_Members(running)) as members:
        wait_for_calm(running.pid)
        told = [members.tell() for _ in range(WARM_ROUNDS + rounds)][WARM_ROUNDS:]
    middle = statistics.median
    return Told(middle(one.first for one in told), middle(one.last for one in told), middle(one.cpu for one in told))


class _Members:
    """All members' sockets; the first one sends."""

    def __init__(self, running: Target) -> None:
        self._running = running
        self._epoll = select.epoll()
        self._ids = client_ids()
        self._count = 0
        self._all: dict[int, Connection] = {}
        for cookie in running.cookies:
            connection = Connection(running.port, DIALECTS[running.dialect], cookie)
            self._all[connection.fileno()] = connection
            self._epoll.register(connection.fileno(), select.EPOLLIN)
            self._listen(0)
        self._sender = next(iter(self._all.values()))

    def tell(self) -> Told:
        """One message, until all others have it."""
        time.sleep(PAUSE_SECONDS)
        self._count += 1
        dialect = DIALECTS[self._running.dialect]
        group = self._running.histories[0]
        text = dialect.message % (self._count, group, next(self._ids), b"x" * 100)
        waiting = len(self._all) - 1
        first, used, began = 0.0, self._running.cpu()["server"], time.perf_counter()
        self._sender.send(text)
        while waiting:
            for packet in self._listen(30):
                if packet.startswith(dialect.created):
                    waiting -= 1
                    first = first or time.perf_counter() - began
        last = time.perf_counter() - began
        return Told(first, last, self._running.cpu()["server"] - used)

    def _listen(self, seconds: float) -> list[bytes]:
        ready = self._epoll.poll(seconds)
        if seconds and not ready:
            raise BenchError("not all members got the message")
        return [packet for number_of, _ in ready for packet in self._all[number_of].receive()]

    def close(self) -> None:
        """Let all go."""
        for connection in self._all.values():
            connection.close()
        self._epoll.close()


if __name__ == "__main__":
    main()
