"""Eight clients in one conversation: four devices of Alice, four of Bob."""

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.people import Cast
from tests.support.recorder import Client, Recorder
from tests.support.server import Server
from tests.support.services import Redis
from tests.support.sockets import Socket


def is_told(socket: Socket, message: dict[str, Any], within: float = 1.5) -> bool:
    """Whether a message comes to a socket live, now or within moments."""
    with contextlib.suppress(AssertionError):
        return bool(socket.wait_for("message_created", lambda data: data["message"]["id"] == message["id"], within))
    return False


@pytest.fixture
def redis(server: Server) -> Iterator[Redis]:
    """Of several workers; back at the end, whatever was done to it."""
    assert server.ground.redis is not None
    yield server.ground.redis
    server.ground.redis.resume()


@pytest.fixture
def make_recorder(make_cast: Callable[[Server], Cast]) -> Iterator[Callable[..., Recorder]]:
    made: list[Recorder] = []

    def make(
        server: Server,
        seed: int,
        *,
        drop_chance: float,
        resend_chance: float,
        devices: int = 4,
        kind: type[Client] = Client,
    ) -> Recorder:
        cast = make_cast(server)
        conversation = cast.alice.talk_to(cast.bob)
        clients = [
            kind(f"{name}{number}", person, conversation, server.url, random.Random(f"{seed} {name} {number}"))
            for name, person in (("alice", cast.alice), ("bob", cast.bob))
            for number in range(devices)
        ]
        for client in clients:
            client.drop_chance = drop_chance
            client.resend_chance = resend_chance
        recorder = Recorder(clients, server.database, conversation)
        made.append(recorder)
        return recorder

    yield make
    for recorder in made:
        recorder.stop()
