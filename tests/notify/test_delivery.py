"""What push services answer, and what becomes of a subscription then; a slow one slows nobody else."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from chatapp.notify.delivery import retry_after_of
from tests.support.people import Cast, Person
from tests.support.push_service import Browser, PushService
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually

BrowserOf = Callable[[Person], Browser]
Send = Callable[..., dict[str, Any]]
Connect = Callable[..., Socket]


def stored(server: Server, browser: Browser) -> dict[str, Any] | None:
    found = server.database.rows("SELECT * FROM push_subscription WHERE endpoint = ?", browser.endpoint)
    return found[0] if found else None


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(
    server: Server, alice: Person, bob: Person, conversation: int, his: Browser, send: Send, status: int
) -> None:
    his.answers = [status]
    send(alice, conversation)
    eventually(lambda: stored(server, his) is None)
    assert bob.call("POST", "/api/push/subscriptions", his.subscription).status_code == 201
    send(alice, conversation, "again")
    assert his.wait_for()["body"] == "again"


@pytest.mark.parametrize("how", ["seconds", "date"])
def test_a_service_that_asks_for_peace_gets_it_and_the_push_afterwards(
    server: Server, alice: Person, conversation: int, his: Browser, connect: Connect, how: str
) -> None:
    hers = connect(alice)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=10)
    his.answers = [(429, {"Retry-After": "6"}) if how == "seconds" else (503, {"Retry-After": format_datetime(until)})]
    hers.send(conversation, "first")
    eventually(lambda: his.pushes)
    paused = eventually(lambda: (stored(server, his) or {})["paused_until"])
    hers.send(conversation, "meanwhile")
    content = his.wait_for(within=30)
    assert (content["body"], content["count"]) == ("meanwhile", 2)
    assert datetime.now(UTC).replace(tzinfo=None) >= datetime.fromisoformat(str(paused)).replace(tzinfo=None)
    assert len(his.pushes) == 2
    row = eventually(lambda: (found := stored(server, his)) and found["paused_until"] is None and found)
    assert row["failures"] == 0


def test_what_was_read_meanwhile_is_not_sent_any_more(
    alice: Person,
    bob: Person,
    conversation: int,
    his: Browser,
    browser_of: BrowserOf,
    send: Send,
    connect: Connect,
    cast: Cast,
) -> None:
    other = browser_of(cast.keep(bob.elsewhere()))
    his.answers = [(429, {"Retry-After": "8"})]
    send(alice, conversation)
    eventually(lambda: his.pushes)
    page = connect(bob)
    page.request("read_mark", {"conversation_id": conversation, "seq": 1})
    page.close()
    other.wait_for("read")
    send(alice, alice.talk_to(cast.charlie))
    send(cast.charlie, cast.charlie.talk_to(bob), "something else")
    his.wait_for(within=30)
    assert [push["body"] for push in his.got()] == ["something else"]


@pytest.mark.parametrize("answer", [500, (307, {"Location": "/push/{elsewhere}"})])
def test_failures_are_counted_and_tried_again(
    server: Server, alice: Person, conversation: int, his: Browser, browser_of: BrowserOf, send: Send, answer: Any
) -> None:
    """A redirect is one of them: where it leads to is not asked."""
    elsewhere = browser_of(alice)
    if isinstance(answer, tuple):
        answer = (answer[0], {"Location": f"/push/{elsewhere.name}"})
    his.answers = [answer]
    send(alice, conversation)
    row = eventually(lambda: (found := stored(server, his)) and found["failures"] and found)
    assert (row["failures"], bool(row["paused_until"])) == (1, True)
    his.wait_for(within=30)
    assert elsewhere.pushes == []
    assert eventually(lambda: (found := stored(server, his)) and found["failures"] == 0)


def test_a_subscription_that_fails_for_long_is_forgotten(
    server: Server, alice: Person, conversation: int, his: Browser, send: Send
) -> None:
    his.answers = [500]
    server.database.execute("UPDATE push_subscription SET failures = 9 WHERE endpoint = ?", his.endpoint)
    send(alice, conversation)
    eventually(lambda: stored(server, his) is None)


def test_what_is_too_long_goes_without_text(alice: Person, conversation: int, his: Browser, send: Send) -> None:
    his.answers = [413]
    send(alice, conversation, "é" * 5000)
    assert his.wait_for()["body"] == "New message"


@pytest.fixture
def stuck() -> Iterator[PushService]:
    service = PushService()
    yield service
    service.close()


@pytest.fixture
def with_stuck(
    start_server: Callable[..., Server],
    make_cast: Callable[[Server], Cast],
    push_service: PushService,
    stuck: PushService,
    connect: Connect,
) -> tuple[Server, Cast]:
    """A server that waits for a service that never answers, or answers a byte now and then."""
    server = start_server(PUSH_SERVICES=f"{push_service.origin}, {stuck.origin}")
    cast = make_cast(server)
    places = []
    for number in range(5):
        person = cast.person(f"stuck{number}")
        browser = stuck.browser().subscribe(person)
        browser.answers = [stuck.never if number % 2 else stuck.drip] * 3
        places.append(cast.alice.talk_to(person))
    server.database.execute("UPDATE push_subscription SET failures = 9")
    hers = connect(cast.alice)
    for place in places:
        hers.send(place)
    hers.close()
    eventually(lambda: stuck.waiting >= 2)  # two of each worker, at most
    return server, cast


def test_a_service_that_never_answers_delays_nobody(
    with_stuck: tuple[Server, Cast], push_service: PushService, stuck: PushService, send: Send
) -> None:
    """Not the chat, and not those who are reached by another service."""
    _, cast = with_stuck
    his = push_service.browser().subscribe(cast.bob)
    conversation = cast.alice.talk_to(cast.bob)
    for number in range(1, 4):
        send(cast.alice, conversation, f"line {number}")
        assert his.wait_for(count=number, within=8)["body"] == f"line {number}"
        if number == 1:  # later some are given up, whom the service still counts, and others have their turn
            assert 2 <= stuck.waiting <= 4


@pytest.mark.thorough
def test_a_service_that_never_answers_is_given_up_for_a_while(with_stuck: tuple[Server, Cast]) -> None:
    """Which is no reason to forget a browser: it may be the network here."""
    server, _ = with_stuck
    paused = "SELECT failures FROM push_subscription WHERE paused_until IS NOT NULL"
    rows = eventually(lambda: len(found := server.database.rows(paused)) == 5 and found, within=60)
    assert [row["failures"] for row in rows] == [9] * 5


def test_retry_after() -> None:
    assert retry_after_of(None) is None
    assert retry_after_of("12") == 12
    assert retry_after_of("99999999999999999999999") == 24 * 3600
    for nonsense in ("", "-5", "soon", "1.5", "Sun, 99 Foo 2026 00:00:00 GMT", "٣"):
        assert retry_after_of(nonsense) is None, nonsense
    in_a_minute = datetime.now(UTC) + timedelta(seconds=60)
    assert 50 < (retry_after_of(format_datetime(in_a_minute, usegmt=True)) or 0) <= 60
    assert retry_after_of("Sun, 06 Nov 1994 08:49:37 GMT") == 0
