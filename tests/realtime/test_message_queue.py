"""What a worker asks of Redis, with a link of the test's own in its place."""

from collections.abc import Callable
from typing import Any

from chatapp.realtime.message_queue import MessageQueue


class Link:
    """Keeps what it is sent; ``meanwhile`` happens to each command while it is on its way."""

    def __init__(self, meanwhile: list[Callable[[], Any]]) -> None:
        self.sent: list[tuple[str, ...]] = []
        self._meanwhile = meanwhile

    def send_command(self, *command: str, check_health: bool) -> None:
        self.sent.append(command)
        if self._meanwhile:
            self._meanwhile.pop(0)()


def make_queue() -> MessageQueue:
    return MessageQueue("redis://nowhere", "chat:", lambda _name, _payload: None, {})


def test_what_is_wanted_while_it_begins_to_listen_is_asked_for() -> None:
    queue = make_queue()
    queue.listen_to("user:1")
    link = Link([lambda: queue.listen_to("user:2"), lambda: queue.listen_to("user:3")])
    queue._begin(link)
    assert queue.is_live
    assert link.sent == [("SUBSCRIBE", f"chat:user:{number}") for number in (1, 2, 3)]


def test_what_is_left_while_it_begins_to_listen_is_not_heard() -> None:
    queue = make_queue()
    queue.listen_to("user:1")
    queue.listen_to("user:2")
    link = Link([lambda: queue._wanted.discard("user:1")])
    queue._begin(link)
    assert link.sent == [("SUBSCRIBE", "chat:user:1", "chat:user:2"), ("UNSUBSCRIBE", "chat:user:1")]
