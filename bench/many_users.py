"""What the number of registered users costs: the same actions where there are 100 and where there are 100,000.

Two servers over two databases, asked in turn. Reported: the median of the round trip, and the CPU time of the server
and of PostgreSQL; the ratios are many over few.
"""

from __future__ import annotations

import functools
from urllib.parse import quote

from bench.app import STORES, app
from bench.browser import Browser
from bench.growth import Action, compare
from bench.long_conversation import say
from bench.options import parser
from bench.process import BenchError
from bench.services import Services
from bench.table import machine, title
from bench.target import Target
from bench.wire import DIALECTS, Connection

PAIRS = 20


def main() -> None:
    """Print a table for each store."""
    options = parser(__doc__)
    options.add_argument("--stores", nargs="+", choices=STORES, default=STORES[:2])
    options.add_argument("--sizes", nargs=2, type=int, default=(100, 100_000))
    options.add_argument("--rounds", type=int, default=100)
    chosen = options.parse_args()
    few, many = chosen.sizes
    title("The number of registered users", f"{machine()}; {chosen.rounds} rounds.")
    with Services() as services:
        for store in chosen.stores:
            try:
                with (
                    app(services, store, people=few, pairs=PAIRS) as small,
                    app(services, store, people=many, pairs=PAIRS) as large,
                ):
                    sizes = {few: small, many: large}
                    compare(
                        store,
                        _actions(sizes),
                        (few, many),
                        lambda size, sizes=sizes: sizes[size].fine_cpu(),
                        rounds=chosen.rounds,
                        most=1.5,
                    )
            except BenchError as error:
                print(f"{store} failed: {error}\n")


def _actions(sizes: dict[int, Target]) -> dict[str, Action]:
    """By number of users."""
    browsers = {size: Browser(running.port, running.cookies[0]) for size, running in sizes.items()}

    @functools.cache  # not before it is used: until then nobody would answer its heartbeats
    def socket(size: int) -> Connection:
        return Connection(sizes[size].port, DIALECTS["chat"], sizes[size].cookies[0])

    def get(path: str) -> Action:
        return lambda size: browsers[size].get(path)

    def search(text: str) -> Action:
        return get(f"/api/users?q={quote(text)}")

    def watch(size: int) -> None:
        ids = sizes[size].user_ids[:50]
        ack = socket(size).ask(b'42/chat,7["presence_watch",{"user_ids":%b}]' % str(ids).encode(), b"43/chat,7")
        if b'"ok":true' not in ack:
            raise BenchError(ack.decode())

    return {
        "home page: GET /chat": get("/chat"),
        "conversations: GET /api/conversations": get("/api/conversations"),
        "people, first page: GET /api/users": get("/api/users"),
        "search, a username": search("person42"),
        "search, a letter": search("b"),
        "search, a given name and more": search("Benda"),
        "search, nobody": search("zzzzzz"),
        "presence of 50 people": watch,
        "send: message_create to its ack": lambda size: say(socket(size), sizes[size].pairs[0]["conversation_id"]),
    }


if __name__ == "__main__":
    main()
