"""What the length of a conversation costs: the same actions in one of 1,000 and in one of 1,000,000 messages.

Both lie in one database, served by one process. Reported: the median of the round trip, and the CPU time of the
server and of PostgreSQL; the ratios are long over short.
"""

from __future__ import annotations

import functools
import uuid

from bench.app import STORES, app
from bench.browser import Browser
from bench.growth import Action, compare
from bench.options import parser
from bench.process import BenchError
from bench.services import Services
from bench.table import machine, title
from bench.target import Target
from bench.wire import DIALECTS, Connection


def main() -> None:
    """Print a table for each store."""
    options = parser(__doc__)
    options.add_argument("--stores", nargs="+", choices=STORES, default=STORES[:2])
    options.add_argument("--lengths", nargs=2, type=int, default=(1_000, 1_000_000))
    options.add_argument("--rounds", type=int, default=100)
    chosen = options.parse_args()
    lengths = (chosen.lengths[0], chosen.lengths[1])
    title("The length of a conversation", f"{machine()}; {chosen.rounds} rounds.")
    with Services() as services:
        for store in chosen.stores:
            try:
                with app(services, store, people=3, logins=3, pairs=0, histories=list(lengths)) as running:
                    actions = _actions(running, dict(zip(lengths, running.histories, strict=True)))
                    compare(store, actions, lengths, lambda _: running.fine_cpu(), rounds=chosen.rounds, most=1.2)
            except BenchError as error:
                print(f"{store} failed: {error}\n")


def _actions(running: Target, conversations: dict[int, int]) -> dict[str, Action]:
    """By length."""
    browser = Browser(running.port, running.cookies[0])

    @functools.cache  # not before it is used: until then nobody would answer its heartbeats
    def socket() -> Connection:
        return Connection(running.port, DIALECTS["chat"], running.cookies[0])

    def api(kind: str, query: str) -> Action:
        return lambda length: browser.get(
            f"/api/conversations/{conversations[length]}/{kind}?"
            + query.format(middle=length // 2, end_minus_50=length - 50)
        )

    def send(length: int) -> None:
        say(socket(), conversations[length])

    return {
        "open: GET /chat/<id>": lambda length: browser.get(f"/chat/{conversations[length]}"),
        "newest page: GET messages": api("messages", "limit=50"),
        "page back: messages?before=middle": api("messages", "before={middle}"),
        "jump: messages?around=middle": api("messages", "around={middle}"),
        "catch up: changes?since=end - 50": api("changes", "since={end_minus_50}"),
        "send: message_create to its ack": send,
    }


def say(socket: Connection, conversation_id: int) -> None:
    """Send a message and wait for its ack."""
    message = DIALECTS["chat"].message % (100_000, conversation_id, str(uuid.uuid4()).encode(), b"hello")
    ack = socket.ask(message, b"43/chat,100000")
    if DIALECTS["chat"].accepted not in ack:
        raise BenchError(ack.decode())


if __name__ == "__main__":
    main()
