"""The load generator: people who chat in pairs, as a process of its own that costs little.

Reads a plan from standard input as JSON (``Plan``), connects, and prints ``warm`` when the measured time begins,
``end`` when it is over, and then the result as JSON. One loop over epoll, no coroutines, no JSON while it runs.

Closed loop (no ``rate``): one message in flight in each pair; the receipt of it makes its sender send the next.
Open loop: messages are due at ``rate`` in all, at random moments (Poisson, seeded), and sent then whether or not
earlier ones have arrived; latency counts from when a message was due, so that waiting in any queue shows.
"""

from __future__ import annotations

import functools
import gc
import itertools
import json
import random
import select
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from bench.placement import Opener
from bench.plan import Plan, Result, now, percentiles
from bench.probe import Probe
from bench.process import BenchError, raise_descriptor_limit
from bench.wire import DIALECTS, Connection, client_ids

# How long an open loop waits, at its end, for what was due within it.
DRAIN_SECONDS = 5
LIMIT_SECONDS = 300


@dataclass(slots=True)
class Pair:
    """Two people; one of them writes."""

    conversation_id: int
    sender: Connection
    receiver: Connection
    number: int = 100_000  # of the ack; all have six digits


class Load:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._dialect = DIALECTS[plan.dialect]
        self._body = plan.body.encode()
        self._ids = client_ids()
        self._epoll = select.epoll()  # before the sockets: select() below takes only small numbers
        self._handlers: dict[int, tuple[Connection, Any]] = {}
        self._stuck: set[Connection] = set()
        self._due: dict[bytes, float] = {}
        self._took: list[tuple[float, float, float]] = []  # when due, when there, the difference
        self._acks = self._refused = 0
        self._pairs: list[Pair] = []
        self._probe: Probe | None = None

    def connect(self) -> list[int]:
        """Open all connections; how many of them each of the server's processes has, where that was looked at."""
        opener = Opener(self._plan.port, self._dialect, self._plan.pid, is_split=self._plan.split)
        for planned in self._plan.pairs:
            sender, receiver = opener.open_pair(planned["cookies"])
            if self._dialect.join:
                for member in (sender, receiver):
                    member.ask(self._dialect.join % planned["conversation_id"], self._dialect.joined)
            self._pairs.append(pair := Pair(planned["conversation_id"], sender, receiver))
            self._watch(sender, self._on_ack)
            self._watch(receiver, functools.partial(self._on_created, pair))
        if self._plan.probe:
            connection = Connection(self._plan.port, self._dialect, self._plan.probe["cookie"])
            self._probe = Probe(connection, self._plan.probe["every"])
            self._watch(connection, self._probe.on_packet)
        return opener.counts

    def run(self) -> Result:
        """Warm up, measure, and sum up."""
        begin = now()
        start, end = begin + self._plan.warmup, begin + self._plan.warmup + self._plan.seconds
        for pair in self._pairs if not self._plan.rate else ():
            self._say(pair, now())
        schedule = self._schedule(begin, end)
        due, action = next(schedule)
        cpu, is_warm = 0.0, False
        while (present := now()) < end:
            if not is_warm and present >= start:
                is_warm, cpu = True, time.process_time()
                print("warm", flush=True)
            while due <= present:
                action(due)
                due, action = next(schedule)
            self._turn(min(due, start if not is_warm else end))
        cpu = time.process_time() - cpu
        print("end", flush=True)
        return self._sum_up(start, end, cpu)

    def _schedule(self, begin: float, end: float) -> Iterator[tuple[float, Any]]:
        """All that is due at a time of its own, in order; at last, something that never is."""
        dues: list[tuple[float, Any]] = []
        chooser = random.Random(7)
        moment, turns = begin, itertools.cycle(self._pairs)
        while self._plan.rate and (moment := moment + chooser.expovariate(self._plan.rate)) < end:
            dues.append((moment, functools.partial(self._say, next(turns))))
        if self._probe:
            dues += [(moment, self._probe.ask) for moment in self._probe.times(begin, end)]
        dues.sort(key=lambda entry: entry[0])
        yield from dues
        yield float("inf"), None

    def _turn(self, until: float) -> None:
        """Handle what comes until then at the latest."""
        wait = until - now()
        if self._stuck:
            self._stuck = {connection for connection in self._stuck if not connection.flush()}
            wait = min(wait, 0.001)
        if wait < 0.01:  # epoll's own clock has only milliseconds
            select.select([self._epoll], [], [], max(0.0, wait))
            wait = 0.0
        for number, _ in self._epoll.poll(min(wait, 1)):
            connection, handle = self._handlers[number]
            for packet in connection.receive():
                handle(packet)

    def _watch(self, connection: Connection, handle: Any) -> None:
        self._handlers[connection.fileno()] = (connection, handle)
        self._epoll.register(connection.fileno(), select.EPOLLIN)

    def _say(self, pair: Pair, due: float) -> None:
        self._due[client_id := next(self._ids)] = due
        pair.number = pair.number + 1 if pair.number < 999_999 else 100_000
        if not pair.sender.send(self._dialect.message % (pair.number, pair.conversation_id, client_id, self._body)):
            self._stuck.add(pair.sender)

    def _on_ack(self, packet: bytes) -> None:
        if packet.startswith(self._dialect.ack):
            if self._dialect.accepted in packet:
                self._acks += 1
            elif self._plan.rate:
                self._refused += 1
            else:  # nothing would be said in this pair any more
                raise BenchError(f"refused: {packet.decode()[:200]}")

    def _on_created(self, pair: Pair, packet: bytes) -> None:
        if not packet.startswith(self._dialect.created):
            return
        at = packet.index(b'"', packet.index(b'client_id"') + 10) + 1
        due = self._due.pop(packet[at : at + 36])
        present = now()
        self._took.append((due, present, present - due))
        if not self._plan.rate:
            self._say(pair, present)

    def _sum_up(self, start: float, end: float, cpu: float) -> Result:
        while self._plan.rate and now() < end + DRAIN_SECONDS and any(due >= start for due in self._due.values()):
            self._turn(now() + 0.1)
        result = Result(seconds=self._plan.seconds, acks=self._acks, refused=self._refused, cpu=cpu)
        result.messages = sum(start <= there < end for _, there, _ in self._took)
        mark = 0 if self._plan.rate else 1  # an open loop answers for what was due, a closed one for what came
        took = sorted(entry[2] for entry in self._took if start <= entry[mark] < end)
        result.missing = sum(due >= start for due in self._due.values()) if self._plan.rate else 0
        result.p50, result.p99, result.max = percentiles(took)
        if self._probe:
            result.probe_p50, result.probe_p99, result.probe_max = self._probe.percentiles(start, end)
        return result


def main() -> None:
    """Run the plan that stands on standard input, within LIMIT_SECONDS."""
    plan = Plan(**json.load(sys.stdin))
    signal.alarm(LIMIT_SECONDS + int(plan.seconds))
    raise_descriptor_limit()
    load = Load(plan)
    workers = load.connect()
    gc.freeze()
    gc.disable()
    result = load.run()
    result.workers = workers
    print(json.dumps(asdict(result)), flush=True)


if __name__ == "__main__":
    try:
        main()
    except (BenchError, OSError, KeyError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        raise SystemExit(1) from None
