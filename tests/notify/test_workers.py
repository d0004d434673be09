"""Of several workers one tells; what one that died was about to tell, another one does."""

import os
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.support.groups import make_group
from tests.support.people import Cast, Person
from tests.support.push_service import Browser, PushService
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.stacks import ManyWorkers
from tests.support.waiting import eventually
from tests.support.workers import on_both_workers, worker_of

BrowserOf = Callable[[Person], Browser]
Connect = Callable[..., Socket]
Make = Callable[[Server], Cast]


def test_what_somebody_else_has_told_is_not_told_again(
    server: Server, alice: Person, bob: Person, conversation: int, browser_of: BrowserOf, connect: Connect, cast: Cast
) -> None:
    """While it waits for Bob to look up from his desk, as if another worker had been quicker."""
    his = browser_of(cast.keep(bob.elsewhere()))
    page, hers = connect(bob), connect(alice)
    hers.send(conversation, "told by another one")
    page.wait_for("message_created")
    server.database.execute("UPDATE membership SET notified_seq = 1 WHERE user_id = ?", bob.id)
    hers.send(conversation, "not told yet")
    assert his.wait_for()["count"] == 2
    assert [push["seq"] for push in his.got()] == [2]


def test_what_was_about_to_be_told_is_told_after_kill_9(
    start_server: Callable[..., Server],
    make_cast: Make,
    push_service: PushService,
    browser_of: BrowserOf,
    connect: Connect,
) -> None:
    server = start_server(PUSH_SERVICES=push_service.origin)
    cast = make_cast(server)
    conversation, old = cast.alice.talk_to(cast.bob), make_group(cast.alice, cast.bob)
    his, hers = browser_of(cast.bob), browser_of(cast.alice)
    page, sender = connect(cast.bob), connect(cast.alice)
    sender.send(old, "said long ago")
    sender.send(conversation, "before the end")
    page.wait_for("message_created", lambda data: data["message"]["body"] == "before the end")
    browser_of(cast.charlie)
    cast.charlie.log_out()
    server.kill()
    # As if something older had been deleted there just now, which is no news.
    server.database.execute("UPDATE conversation SET active_at = '2026-01-01 00:00:00.000000' WHERE id = ?", old)
    server.start()
    # The other workers count those of a dead one as connected for a while.
    assert his.wait_for(within=90)["body"] == "before the end"
    assert (len(his.pushes), hers.pushes) == (1, [])
    # The same look back forgets the browsers of log-ins that have ended.
    assert len(server.database.rows("SELECT * FROM push_subscription")) == 2


@pytest.fixture
def two_workers(four_workers: ManyWorkers, start_server: Callable[..., Server], push_service: PushService) -> Server:
    return start_server(four_workers.with_workers(2), PUSH_SERVICES=push_service.origin)


def push_of(browser: Browser, seq: int) -> dict[str, Any] | None:
    return next((push for push in browser.got() if push["seq"] == seq), None)


@pytest.mark.several_workers
def test_two_workers_tell_once(
    two_workers: Server, make_cast: Make, browser_of: BrowserOf, connect: Connect, push_service: PushService
) -> None:
    """Both have something to tell of one conversation, and both make the key and look back at their start."""
    cast = make_cast(two_workers)
    people = [cast.person(f"reader{number}") for number in range(4)]
    browsers = [browser_of(person) for person in people]
    assert len({person.json("/api/push/key")["public_key"] for person in people for _ in range(4)}) == 1
    places = [cast.alice.talk_to(person) for person in people]
    sockets = on_both_workers(two_workers, connect, cast.alice)
    last: dict[int, Any] = {}
    for number in range(30):
        for place in places:
            last[place] = sockets[number % 2].send(place, f"line {number}")
    for browser, place in zip(browsers, places, strict=True):
        newest = eventually(partial(push_of, browser, last[place]["seq"]))
        seqs = [push["seq"] for push in browser.got()]  # what one worker sends may overtake what another does
        assert len(seqs) == len(set(seqs))
        assert newest["count"] == 30


@pytest.mark.several_workers
def test_what_a_killed_worker_was_about_to_tell_is_told(
    two_workers: Server, make_cast: Make, browser_of: BrowserOf, connect: Connect
) -> None:
    cast = make_cast(two_workers)
    conversation = cast.alice.talk_to(cast.bob)
    his = browser_of(cast.bob)
    pages = on_both_workers(two_workers, connect, cast.bob)
    sender = connect(cast.alice)
    worker = worker_of(two_workers, sender)
    sender.send(conversation, "before the end")
    for page in pages:
        page.wait_for("message_created")
    os.kill(worker, signal.SIGKILL)
    for page in pages:
        page.close()
    assert his.wait_for(within=90)["body"] == "before the end"


@pytest.mark.several_workers
def test_a_page_that_is_open_on_the_other_worker_tells_for_itself(
    two_workers: Server, make_cast: Make, browser_of: BrowserOf, connect: Connect
) -> None:
    """Of two browsers the one without a page is told, once nobody sits before the other."""
    cast = make_cast(two_workers)
    conversation = cast.alice.talk_to(cast.bob)
    with_page, without = browser_of(cast.bob), browser_of(cast.keep(cast.bob.elsewhere()))
    hers = on_both_workers(two_workers, connect, cast.alice)
    page = connect(cast.bob)
    page.request("presence_set", {"is_away": True})
    sender = next(one for one in hers if worker_of(two_workers, one) != worker_of(two_workers, page))
    sender.send(conversation, "are you there?")
    page.wait_for("message_created")
    assert without.wait_for()["body"] == "are you there?"
    page.close()
    sender.send(conversation, "and now?")
    # The other worker may not know yet that it is closed, and then gives the line the time in which one may be dead.
    assert with_page.wait_for(within=40)["body"] == "and now?"
    assert [push["seq"] for push in with_page.got()] == [2]
