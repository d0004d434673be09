"""What it costs when somebody comes, goes or turns away, with 10,000 people online who each watch 30.

All are sockets of one process. Whom each watches is drawn at random, but for three whose watchers are counted (0, 30
and 300) and for a thousand whom nobody watches. One change after the other, then the thousand at once. The server's
CPU is that beyond what its idle connections take in the same time (their heartbeats, mostly), which is measured right
before.
"""

from __future__ import annotations

import contextlib
import json
import random
import select
import statistics
import time
from dataclasses import dataclass

from bench.app import STORES, app, wait_for_calm
from bench.options import parser
from bench.process import BenchError, raise_descriptor_limit, tree_memory
from bench.services import Services
from bench.systems import MODES
from bench.table import machine, number, say, table, target, title
from bench.target import Target
from bench.wire import DIALECTS, Connection

WATCHERS = (0, 30, 300)
UNWATCHED = 1000
_PRESENCE = b'42/chat,["presence"'
_ACK = b"43/chat,"
# A whole round of heartbeats.
_IDLE_SECONDS = 15.0
# Between two changes: so long that each is told to Redis by itself.
_PAUSE_SECONDS = 0.03
_WARM_ROUNDS = 10
# What is not to come has so long to come all the same.
_SILENCE_SECONDS = 1.0


@dataclass
class Cost:
    """Of one change: how many were told, seconds to the last of them, seconds of CPU by part."""

    told: float
    last: float
    cpu: dict[str, float]


def main() -> None:
    """Print the tables."""
    options = parser(__doc__)
    options.add_argument("--people", type=int, default=10_000)
    options.add_argument("--each", type=int, default=30, help="people whom each watches")
    options.add_argument("--rounds", type=int, default=500)
    options.add_argument("--store", choices=STORES, default=STORES[-1])
    options.add_argument("--modes", nargs="+", choices=MODES, default=MODES)
    chosen = options.parse_args()
    raise_descriptor_limit()
    title(
        "Presence",
        f"{machine()}; {chosen.people:,} online on one worker on {chosen.store}, each watches {chosen.each}.",
    )
    with Services() as services:
        for mode in chosen.modes:
            try:
                wish = {"people": chosen.people, "logins": chosen.people, "pairs": 0}
                with app(services, chosen.store, mode, **wish) as running:
                    _report(mode, running, chosen.each, chosen.rounds)
            except BenchError as error:
                print(f"{mode} failed: {error}\n")


def _report(mode: str, running: Target, each: int, rounds: int) -> None:
    with contextlib.closing(_Crowd(running)) as crowd:
        say(f"{mode}: {len(running.cookies):,} online")
        before = _memory(running)
        crowd.watch(each)
        grown = (_memory(running) - before) / len(running.cookies) / 1024
        say(f"{mode}: all watch")
        costs = [(f"{mode}, {count} watchers", crowd.change(at, count, rounds)) for at, count in enumerate(WATCHERS)]
        many = crowd.change_all()
    parts = list(many.cpu)
    head = ("one change", "told", "last ms", *(f"{part} CPU µs" for part in parts))
    rows = [(name, number(cost.told), number(cost.last * 1e3, 2), *_micros(cost, parts)) for name, cost in costs]
    table(head, rows)
    per_watcher = (costs[-1][1].cpu["server"] - costs[0][1].cpu["server"]) / WATCHERS[-1] * 1e6
    print(f"{mode}: {per_watcher:.1f} µs of server CPU for each who is told; {grown:.1f} KiB for a list of {each}.")
    table(
        (
            f"{UNWATCHED:,} changes at once, nobody watches",
            "told",
            "last ack ms",
            *(f"{part} CPU ms" for part in parts),
        ),
        [(mode, number(many.told), number(many.last * 1e3), *(number(many.cpu[part] * 1e3, 1) for part in parts))],
    )
    print(f"{mode}: {many.told:.0f} packets to others (target {target(many.told, most=0)}).\n", flush=True)


def _micros(cost: Cost, parts: list[str]) -> list[str]:
    return [number(cost.cpu[part] * 1e6) for part in parts]


def _memory(running: Target) -> int:
    wait_for_calm(running.pid)
    return tree_memory(running.pid)["Pss"]


class _Crowd:
    """Everybody's socket. The first ones have so many watchers as WATCHERS says, the last UNWATCHED have none."""

    def __init__(self, running: Target) -> None:
        self._running = running
        self._epoll = select.epoll()
        self._all: list[Connection] = []
        self._by_number: dict[int, Connection] = {}
        self.told = self.acks = 0
        for cookie in running.cookies:
            connection = Connection(running.port, DIALECTS["chat"], cookie)
            self._all.append(connection)
            self._by_number[connection.fileno()] = connection
            self._epoll.register(connection.fileno(), select.EPOLLIN)
            self.listen(0)

    def watch(self, each: int) -> None:
        """Have each watch so many, drawn at random."""
        chooser = random.Random(7)
        ids = self._running.user_ids
        lists = [chooser.sample(ids[len(WATCHERS) : -UNWATCHED], each) for _ in self._all]
        for at, count in enumerate(WATCHERS):
            for watcher in chooser.sample(range(len(WATCHERS), len(lists)), count):
                lists[watcher][at] = ids[at]
        for start in range(0, len(lists), 100):
            for connection, watched in list(zip(self._all, lists, strict=True))[start : start + 100]:
                connection.send(b'42/chat,1["presence_watch",{"user_ids":%b}]' % json.dumps(watched).encode())
            self._until(acks=min(start + 100, len(lists)))
        self.acks = self.told = 0

    def change(self, at: int, watchers: int, rounds: int) -> Cost:
        """One person turns away and comes back, again and again; medians, and the mean of the CPU."""
        for turn in range(_WARM_ROUNDS):
            self._turn(at, watchers, is_away=turn % 2 == 0)
        idle = self._idle()
        began, before = time.perf_counter(), self._running.cpu()
        lasts = [self._turn(at, watchers, is_away=turn % 2 == 0) for turn in range(rounds)]
        self._silence()
        spent = self._spent(before, idle, time.perf_counter() - began)
        return Cost(self.told / rounds, statistics.median(lasts), {name: used / rounds for name, used in spent.items()})

    def change_all(self) -> Cost:
        """All of those whom nobody watches at once."""
        idle = self._idle()
        began, before = time.perf_counter(), self._running.cpu()
        for connection in self._all[-UNWATCHED:]:
            connection.send(b'42/chat,1["presence_set",{"is_away":true}]')
        self._until(acks=UNWATCHED)
        last = time.perf_counter() - began
        self._silence()
        spent = self._spent(before, idle, time.perf_counter() - began)
        return Cost(self.told, last, spent)

    def _turn(self, at: int, watchers: int, *, is_away: bool) -> float:
        began, told, acks = time.perf_counter(), self.told + watchers, self.acks + 1
        self._all[at].send(b'42/chat,1["presence_set",{"is_away":%b}]' % (b"true" if is_away else b"false"))
        self._until(acks=acks, told=told)
        took = time.perf_counter() - began
        end = began + _PAUSE_SECONDS
        while (left := end - time.perf_counter()) > 0:
            self.listen(left)
        return took

    def _idle(self) -> dict[str, float]:
        """CPU a second of a server that only holds its connections; the counts begin anew."""
        began, before = time.perf_counter(), self._running.cpu()
        while time.perf_counter() - began < _IDLE_SECONDS:
            self.listen(0.1)
        seconds = time.perf_counter() - began
        self.told = self.acks = 0
        return {name: (after - before[name]) / seconds for name, after in self._running.cpu().items()}

    def _spent(self, before: dict[str, float], idle: dict[str, float], seconds: float) -> dict[str, float]:
        after = self._running.cpu()
        return {name: max(0.0, after[name] - before[name] - idle[name] * seconds) for name in after}

    def _silence(self) -> None:
        began = time.perf_counter()
        while time.perf_counter() - began < _SILENCE_SECONDS:
            self.listen(0.1)

    def _until(self, acks: int, told: int = 0) -> None:
        end = time.monotonic() + 30
        while self.acks < acks or self.told < told:
            self.listen(1)
            if time.monotonic() > end:
                raise BenchError(f"{self.acks} of {acks} acks, {self.told} of {told} told")

    def listen(self, seconds: float) -> None:
        """Take in and count what has come."""
        for number_of, _ in self._epoll.poll(seconds):
            for packet in self._by_number[number_of].receive():
                self.told += packet.startswith(_PRESENCE)
                self.acks += packet.startswith(_ACK)

    def close(self) -> None:
        """Let all go."""
        for connection in self._all:
            connection.close()
        self._epoll.close()


if __name__ == "__main__":
    main()
