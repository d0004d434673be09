"""A push service and a server that may send to it, which the tests here share; each brings its own people."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.people import Cast, Person
from tests.support.push_service import Browser, PushService
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.stacks import Stack

CONTACT = "mailto:operator@example.org"


@pytest.fixture(scope="session")
def shared_push_service() -> Iterator[PushService]:
    service = PushService()
    yield service
    service.close()


@pytest.fixture
def push_service(shared_push_service: PushService) -> Iterator[PushService]:
    """Whatever came to it was encrypted and signed as it has to be."""
    yield shared_push_service
    problems, shared_push_service.problems = shared_push_service.problems, []
    assert problems == []


@pytest.fixture(scope="session")
def shared_push_server(
    tmp_path_factory: pytest.TempPathFactory, stack: Stack, shared_push_service: PushService
) -> Iterator[Server]:
    settings = {"PUSH_SERVICES": shared_push_service.origin, "PUSH_DELAY": "4", "PUSH_CONTACT": CONTACT}
    server = Server(tmp_path_factory.mktemp("push"), stack, **settings).start()
    yield server
    server.close()


@pytest.fixture
def server(shared_push_server: Server, push_service: PushService) -> Iterator[Server]:
    yield shared_push_server
    shared_push_server.check_log()


@pytest.fixture
def browser_of(push_service: PushService) -> Callable[[Person], Browser]:
    """A browser that a person has subscribed: `browser_of(bob)`, by the log-in of that very `Person`."""
    return lambda person: push_service.browser().subscribe(person)


@pytest.fixture
def his(browser_of: Callable[[Person], Browser], bob: Person) -> Browser:
    """Bob's browser."""
    return browser_of(bob)


@pytest.fixture
def send(connect: Callable[..., Socket]) -> Callable[..., dict]:  # type: ignore[type-arg]
    """Somebody comes, says something and leaves: `send(alice, conversation, "hello")`."""

    def send_once(person: Person, conversation: int, body: str = "hello") -> dict:  # type: ignore[type-arg]
        socket = connect(person)
        message: dict = socket.send(conversation, body)  # type: ignore[type-arg]
        socket.close()
        return message

    return send_once


@pytest.fixture
def dan(cast: Cast) -> Person:
    return cast.person("dan")
