"""Uploads that fail on the way are tried again by themselves, until there is one message with one file."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser import Window
from tests.support.files import fetch
from tests.support.people import Person
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.test_files import attachments, expect_uploaded, pick, tray, uploads_of
from tests.system.test_offline import BACK_WITHIN

Open = Callable[..., Window]
MakeProxy = Callable[[Server], Proxy]


def refusal(status: int, code: str, wait: float | None = None) -> dict[str, Any]:
    """As the app has it."""
    error = {"code": code, "message": "Not now.", **({} if wait is None else {"retry_after": wait})}
    headers = {} if wait is None else {"Retry-After": str(int(wait) + 1)}
    return {"status": status, "json": {"error": error}, "headers": headers}


def page_of(status: int, **headers: str) -> dict[str, Any]:
    """Of something that stands before the app."""
    return {"status": status, "body": "<h1>Sorry</h1>", "headers": {"Content-Type": "text/html", **headers}}


# How the first tries end, and what is said meanwhile.
TROUBLE = {
    "too many at once": (refusal(429, "rate_limited", 1.0), "Waiting for its turn"),
    "a proxy's limit": (page_of(429, **{"Retry-After": "1"}), "Waiting for its turn"),
    "storage away": (refusal(503, "unavailable", 1.0), "Waiting for the connection"),
    "too slow": (refusal(408, "bad_request"), "Waiting for the connection"),
    "a proxy without an app": (page_of(502), "Waiting for the connection"),
    "a proxy that lost patience": (page_of(504), "Waiting for the connection"),
}


def fail_uploads(page: Page, *fail: Callable[[Route], None]) -> None:
    """The first ones end so, the others get through."""
    left = list(fail)
    page.route("**/api/files", lambda route: left.pop(0)(route) if left else route.continue_())


def expect_one_message(
    window: Window, person: Person, conversation: int, data: bytes, within: float = BACK_WITHIN
) -> None:
    window.expect_all_sent(1, within=within)
    expect(tray(window)).to_have_count(0)
    expect(window.box).to_have_value("")
    assert attachments(person, conversation) == [["notes.txt"]]
    [file] = person.messages(conversation)[0]["attachments"]
    assert fetch(person, file["url"]).content == data


@pytest.mark.parametrize("what", TROUBLE)
def test_it_waits_and_tries_again(
    what: str, server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    answer, words = TROUBLE[what]
    window = open_window(server, alice, f"/chat/{conversation}", network_may_fail=True)
    window.expect_live()
    sent = uploads_of(window.page)
    failed: list[Route] = []
    held: list[Route] = []
    is_seen = False

    def handle(route: Route) -> None:
        if is_seen and len(failed) > 1:
            held.append(route)
        else:
            failed.append(route)
            route.fulfill(**answer)

    window.page.route("**/api/files", handle)
    pick(window, ("notes.txt", b"some notes"))
    expect(tray(window)).to_have_count(1)
    window.send("the notes")
    expect(tray(window).filter(has_text=words)).to_be_visible()
    is_seen = True
    expect(window.page.get_by_text("Sends as soon as the files are uploaded.")).to_be_visible()
    eventually(lambda: window.page.title() and held, within=60)  # asking the page lets the handlers run
    assert bob.messages(conversation) == []
    held[0].continue_()
    expect_one_message(window, bob, conversation, b"some notes")
    assert len(sent) == len(failed) + 1
    assert server.database.rows("SELECT id FROM attachment WHERE user_id = ? AND message_id IS NULL", alice.id) == []


def test_an_answer_that_is_lost_makes_no_second_message(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    window = open_window(server, alice, f"/chat/{conversation}", network_may_fail=True)

    def lose(route: Route) -> None:
        assert route.fetch().status == 201
        route.abort()

    fail_uploads(window.page, lose)
    pick(window, ("notes.txt", b"some notes"))
    expect(tray(window)).to_have_count(1)
    window.send("the notes")
    expect_one_message(window, bob, conversation, b"some notes")


def test_what_is_removed_while_it_waits_is_not_uploaded(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    window = open_window(server, alice, f"/chat/{conversation}", network_may_fail=True)
    sent = uploads_of(window.page)
    fail_uploads(window.page, lambda route: route.fulfill(**refusal(429, "rate_limited", 600)))
    pick(window, ("unwanted.txt", b"unwanted"))
    expect(tray(window).filter(has_text="Waiting for its turn")).to_be_visible()
    window.page.get_by_role("button", name="Remove unwanted.txt").click()
    expect(tray(window)).to_have_count(0)
    pick(window, ("notes.txt", b"some notes"))
    expect_uploaded(window, 1)
    window.send("the notes")
    expect_one_message(window, bob, conversation, b"some notes")
    assert len(sent) == 2


@pytest.mark.thorough
def test_one_that_stalls_is_begun_again(
    server: Server,
    alice: Person,
    bob: Person,
    conversation: int,
    open_window: Open,
    proxy_to: MakeProxy,
    tmp_path: Path,
) -> None:
    """Nobody says that the wire is dead: the page has to see that nothing moves any more."""
    wire = proxy_to(server)
    window = open_window(server, alice, f"/chat/{conversation}", url=wire.url, network_may_fail=True)
    window.expect_live()
    pick(window, ("first.txt", b"loads what is needed"))
    expect_uploaded(window, 1)
    window.page.get_by_role("button", name="Remove first.txt").click()
    sent = uploads_of(window.page)
    data = b"some notes" * 2_000_000  # more than the system takes by itself
    path = tmp_path / "notes.txt"
    path.write_bytes(data)
    with window.page.expect_file_chooser() as chooser:
        window.page.get_by_role("button", name="Attach files").click()
    wire.black_hole()
    chooser.value.set_files(path)
    expect(tray(window)).to_have_count(1)
    window.send("the notes")
    expect(tray(window).filter(has_text="Waiting for the connection")).to_be_visible(timeout=60_000)
    assert bob.messages(conversation) == []
    wire.restore()
    expect_one_message(window, bob, conversation, data, within=60_000)
    assert len(sent) >= 2


def test_a_text_does_not_go_out_without_the_file_that_was_just_chosen(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    """Though what takes files in is still being loaded."""
    window = open_window(server, alice, f"/chat/{conversation}")
    window.expect_live()
    held: list[Route] = []
    window.page.route(re.compile("/on_demand/tray"), lambda route: held.append(route))
    pick(window, ("notes.txt", b"some notes"))
    window.send("the notes")
    expect(window.box).to_have_value("the notes")
    eventually(lambda: window.page.title() and len(held) == 2)
    assert bob.messages(conversation) == []
    for route in held:
        route.continue_()
    expect_one_message(window, bob, conversation, b"some notes")
