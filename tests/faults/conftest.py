"""Eight clients in one conversation: four devices of Alice, four of Bob."""

import random
from collections.abc import Callable, Iterator

import pytest

from tests.support.people import Cast
from tests.support.recorder import Client, Recorder
from tests.support.server import Server
from tests.support.services import Redis


@pytest.fixture
def redis(server: Server) -> Iterator[Redis]:
    """Of several workers; back at the end, whatever was done to it."""
    assert server.ground.redis is not None
    yield server.ground.redis
    server.ground.redis.resume()


@pytest.fixture
def make_recorder(make_cast: Callable[[Server], Cast]) -> Iterator[Callable[..., Recorder]]:
    made: list[Recorder] = []

    def make(server: Server, seed: int, *, drop_chance: float, resend_chance: float, devices: int = 4) -> Recorder:
        cast = make_cast(server)
        conversation = cast.alice.talk_to(cast.bob)
        clients = [
            Client(f"{name}{number}", person, conversation, server.url, random.Random(f"{seed} {name} {number}"))
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
