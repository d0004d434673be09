"""Leaving: Back shows the log-in page, other tabs are told, and nobody loses unsent words without a warning."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.people import Cast, Person
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.system.test_offline import BACK_WITHIN

Open = Callable[..., Window]
OpenByWire = Callable[[Person, str], tuple[Window, Proxy]]


def log_out(window: Window) -> None:
    window.page.get_by_role("button", name="Log out").click()


@pytest.mark.thorough
def test_back_after_logging_out_shows_the_log_in_page(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    window = open_window(server, alice)
    window.open(f"/chat/{conversation}")
    window.send("private words")
    window.expect_all_sent(1)
    log_out(window)
    window.page.wait_for_url("**/login")
    for _ in range(2):
        window.page.go_back()
        expect(window.page.get_by_role("button", name="Log in")).to_be_visible()
        expect(window.page.get_by_text("private words")).to_have_count(0)


@pytest.mark.thorough
def test_other_tabs_are_told_and_other_windows_stay(
    server: Server, alice: Person, cast: Cast, open_window: Open
) -> None:
    elsewhere = open_window(server, cast.keep(alice.elsewhere()))
    window = open_window(server, alice)
    second = window.new_tab()
    window.open("/chat", second)
    for page in (window.page, second):
        expect(page.get_by_role("complementary", name="You")).to_contain_text("Live")
    elsewhere.expect_live()
    log_out(window)
    window.page.wait_for_url("**/login")
    expect(second.get_by_role("dialog", name="You are logged out")).to_be_visible()
    second.get_by_role("link", name="Go to log-in").click()
    expect(second.get_by_role("button", name="Log in")).to_be_visible()
    elsewhere.expect_live()
    expect(elsewhere.page.get_by_role("dialog")).to_have_count(0)


def test_a_chosen_log_out_warns_of_what_is_unsent_and_clears_it(
    alice: Person, bob: Person, conversation: int, open_by_wire: OpenByWire
) -> None:
    window, wire = open_by_wire(alice, f"/chat/{conversation}")
    wire.block("/socket.io/")
    window.expect_connection("Offline|Connecting")
    window.send("never sent")
    window.expect_messages(["never sent"])
    log_out(window)
    dialog = window.page.get_by_role("dialog", name=re.compile("not sent yet"))
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Stay").click()
    expect(dialog).to_be_hidden()
    window.expect_messages(["never sent"])
    log_out(window)
    dialog.get_by_role("button", name="Log out anyway").click()
    window.page.wait_for_url("**/login")
    wire.restore()
    window.log_in(alice)
    window.open(f"/chat/{conversation}")
    window.expect_live()
    window.send("something else")
    window.expect_all_sent(1)
    window.expect_messages(["something else"])
    assert [message["body"] for message in bob.messages(conversation)] == ["something else"]


def test_a_forced_log_out_keeps_what_is_unsent_for_the_same_person_only(
    server: Server,
    alice: Person,
    bob: Person,
    charlie: Person,
    conversation: int,
    open_window: Open,
    open_by_wire: OpenByWire,
    cast: Cast,
) -> None:
    window, wire = open_by_wire(alice, f"/chat/{conversation}")
    wire.cut()
    window.expect_connection("Offline")
    window.send("kept for Alice")
    alice_id = alice.id
    elsewhere = cast.keep(alice.elsewhere())
    answer = elsewhere.post_form(
        "/account", current_password=alice.password, password="another fine one", password2="another fine one"
    )
    assert answer.status_code in (200, 302, 303)
    alice.password = "another fine one"
    wire.restore()
    expect(window.page.get_by_role("dialog", name="You are logged out")).to_be_visible(timeout=BACK_WITHIN)
    window.log_in(charlie)
    window.expect_live()
    expect(window.page.get_by_text("kept for Alice")).to_have_count(0)
    assert bob.messages(conversation) == []
    log_out(window)
    window.page.wait_for_url("**/login")
    window.log_in(alice)
    his = open_window(server, bob, f"/chat/{conversation}")
    his.expect_messages(["kept for Alice"])
    (message,) = bob.messages(conversation)
    assert message["sender_id"] == alice_id
