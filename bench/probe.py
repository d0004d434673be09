"""How long a server's event loop makes anybody wait, seen from outside."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from bench.plan import now, percentiles
from bench.wire import Connection

_QUESTION = b'42/chat,1["no_such_event",{}]'
_ANSWER = b"43/chat,1"


class Probe:
    """A connection that asks, ``every`` so many seconds, for what is refused at once and without the database."""

    def __init__(self, connection: Connection, every: float) -> None:
        self.connection = connection
        self._every = every
        self._due: deque[float] = deque()
        self._took: list[tuple[float, float]] = []

    def times(self, begin: float, end: float) -> Iterator[float]:
        """When to ask."""
        return (begin + number * self._every for number in range(int((end - begin) / self._every)))

    def ask(self, due: float) -> None:
        """Ask what was due then."""
        self._due.append(due)
        self.connection.send(_QUESTION)

    def on_packet(self, packet: bytes) -> None:
        """Note an answer; they come in the order of the questions."""
        if packet.startswith(_ANSWER):
            due = self._due.popleft()
            self._took.append((due, now() - due))

    def percentiles(self, start: float, end: float) -> tuple[float, float, float]:
        """Of what was due between the two; an answer that never came took until now."""
        unanswered = [(due, now() - due) for due in self._due]
        return percentiles(sorted(took for due, took in self._took + unanswered if start <= due < end))
