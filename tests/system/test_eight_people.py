"""Eight people do everything at random, on two workers, over connections that break; in the end all of them see the
same, which is what is stored."""

import time
from collections.abc import Callable

import pytest

from tests.support.browser import Window
from tests.support.client_state import PLAIN_PAGE, ClientState
from tests.support.people import Cast
from tests.support.proxy import Proxy
from tests.support.scripted_people import ScriptedPeople
from tests.support.server import Server

pytestmark = pytest.mark.several_workers

NAMES = ("ann", "ben", "cem", "dot", "eva", "fay", "gus", "hal")
GROUPS = 3
SOAK_SECONDS = 600


@pytest.fixture
def server(two_workers: Server) -> Server:
    return two_workers


@pytest.fixture
def people(
    server: Server,
    make_cast: Callable[[Server], Cast],
    proxy_to: Callable[[Server], Proxy],
    open_window: Callable[..., Window],
    seed: int,
) -> ScriptedPeople:
    """Eight of them, Ann with two tabs, in groups of which each knows a part."""
    cast = make_cast(server)
    clients, wires = [], []
    for name in NAMES:
        person, wire = cast.person(name), proxy_to(server)
        window = open_window(server, person, PLAIN_PAGE, url=wire.url, network_may_fail=True)
        clients.append(ClientState(name, person, window))
        wires.append(wire)
    clients.append(ClientState("ann2", clients[0].person, clients[0].window, clients[0].window.new_tab()))
    wires.append(wires[0])
    ids = [client.person.id for client in clients[:-1]]
    for client in clients:
        client.start()
        client.wait_until_connected()
    for number in range(GROUPS):
        clients[number].do("createGroup", {"title": f"Group {number}", "userIds": ids[number : number + 6]})
    return ScriptedPeople(clients, wires, server.database, cast, seed)


def test_all_see_the_same(people: ScriptedPeople) -> None:
    for _ in range(2):
        people.run(200)
        people.settle()


@pytest.mark.soak
def test_all_see_the_same_for_ten_minutes(people: ScriptedPeople) -> None:
    end = time.monotonic() + SOAK_SECONDS
    while time.monotonic() < end:
        people.run(people.dice.choice([50, 200, 500]))
        people.settle()
    print(f"{len(people.trace)} steps; the slowest agreement took {people.slowest:.1f} s")  # noqa: T201
