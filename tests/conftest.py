"""Fixtures: real servers, a fixed cast, sockets, a wire that can be cut, real browsers."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.people import Cast, Person
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.services import Postgres
from tests.support.sockets import Socket
from tests.support.stacks import ManyWorkers, OneProcess, Stack

settings.register_profile(
    "everyday",
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("everyday")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--stack",
        choices=("one", "many"),
        default="one",
        help="one process on SQLite, or several workers on PostgreSQL and Redis",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if nowhere := [item.nodeid for item in items if _is_thorough(item) and item.get_closest_marker("one_process")]:
        raise pytest.UsageError(f"thorough and one_process at once: neither stack would run {', '.join(nowhere)}")
    if config.getoption("--stack") == "one":
        _leave_out_several_workers(config, items)
        return
    for item in items:
        if mark := item.get_closest_marker("one_process"):
            item.add_marker(pytest.mark.skip(reason=mark.args[0]))


def _leave_out_several_workers(config: pytest.Config, items: list[pytest.Item]) -> None:
    """They start what they need themselves, so once is enough: with the second stack, or when asked for by name."""
    is_everything = config.args_source == pytest.Config.ArgsSource.TESTPATHS
    if is_everything and config.option.markexpr == "not soak":
        left_out = [item for item in items if item.get_closest_marker("several_workers") or _is_thorough(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def _is_thorough(item: pytest.Item) -> bool:
    """Takes long, and what it looks into is looked at by others, too; run with the second stack or by name."""
    return item.get_closest_marker("thorough") is not None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A cluster for many databases; not to be stopped (see `own_postgres`)."""
    cluster = Postgres()
    cluster.start()
    yield cluster
    cluster.close()


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """What servers stand on, as `--stack` says."""
    folder = tmp_path_factory.mktemp("template")
    if request.config.getoption("--stack") == "one":
        return OneProcess(folder)
    return ManyWorkers(folder, request.getfixturevalue("postgres"))


@pytest.fixture(scope="session")
def four_workers(request: pytest.FixtureRequest, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> ManyWorkers:
    """Four workers, whatever `--stack` says."""
    if isinstance(stack, ManyWorkers):
        return stack.with_workers(4)
    return ManyWorkers(tmp_path_factory.mktemp("template"), request.getfixturevalue("postgres"), 4)


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory, stack: Stack) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"), stack).start()
    yield server
    server.close()


@pytest.fixture
def server(shared_server: Server) -> Iterator[Server]:
    """The server most tests share (each brings its own people); its log must stay free of tracebacks."""
    yield shared_server
    shared_server.check_log()


@pytest.fixture
def start_server(tmp_path: Path, stack: Stack) -> Iterator[Callable[..., Server]]:
    """Starts a server of the test's own, with settings: `start_server(RATE_LIMITS="on")`, or on another stack."""
    started: list[Server] = []

    def start(on: Stack = stack, **chosen: str) -> Server:
        folder = tmp_path / f"server{len(started)}"
        folder.mkdir()
        server = Server(folder, on, **chosen)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.close()
    for server in started:
        server.check_log()


@pytest.fixture
def own_server(start_server: Callable[..., Server]) -> Server:
    """A server that the test may kill."""
    return start_server()


@pytest.fixture
def two_workers(start_server: Callable[..., Server], four_workers: ManyWorkers) -> Server:
    """A server of the test's own with two workers, whatever `--stack` says."""
    return start_server(four_workers.with_workers(2))


@pytest.fixture
def make_cast() -> Iterator[Callable[[Server], Cast]]:
    """The cast of a server of the test's own."""
    made: list[Cast] = []

    def make(server: Server, url: str | None = None) -> Cast:
        cast = Cast(url or server.url)
        made.append(cast)
        return cast

    yield make
    for cast in made:
        cast.close()


@pytest.fixture
def cast(server: Server, make_cast: Callable[[Server], Cast]) -> Cast:
    return make_cast(server)


@pytest.fixture
def alice(cast: Cast) -> Person:
    return cast.alice


@pytest.fixture
def bob(cast: Cast) -> Person:
    return cast.bob


@pytest.fixture
def charlie(cast: Cast) -> Person:
    return cast.charlie


@pytest.fixture
def conversation(alice: Person, bob: Person) -> int:
    """Alice's and Bob's."""
    return alice.talk_to(bob)


@pytest.fixture
def can_poll(request: pytest.FixtureRequest) -> bool:
    """Whether long polling works here: not on several workers of one port (docs/deploy.md)."""
    return bool(request.config.getoption("--stack") == "one")


@pytest.fixture
def connect(can_poll: bool) -> Iterator[Callable[..., Socket]]:
    """Opens a socket for a person: `connect(alice)`; closed at the end.

    Where one cannot poll, it is WebSockets throughout.
    """
    opened: list[Socket] = []

    def open_socket(person: Person, *transports: str, url: str | None = None, **options: Any) -> Socket:
        socket = Socket(person, transports if transports and can_poll else ("websocket",), url)
        opened.append(socket)
        return socket.connect(**options)

    yield open_socket
    for socket in opened:
        socket.close()


@pytest.fixture
def proxy_to() -> Iterator[Callable[[Server], Proxy]]:
    """A wire to a server that can be cut."""
    made: list[Proxy] = []

    def make(server: Server) -> Proxy:
        proxy = Proxy(server.port)
        made.append(proxy)
        return proxy

    yield make
    for proxy in made:
        proxy.close()


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of a random test; SEED=... repeats a run. Printed when the test fails."""
    chosen = int(os.environ.get("SEED", random.randrange(1_000_000)))
    print(f"SEED={chosen}")  # noqa: T201
    return chosen
