"""Deleting a message by its menu, seen by the other one, and Undo."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.people import Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.timeline import choose, row
from tests.system.test_accessibility import check_page

Open = Callable[..., Window]
TOMBSTONE = "This message was deleted."


def test_undo_restores_it_everywhere(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    hers, his = (open_window(server, who, f"/chat/{conversation}") for who in (alice, bob))
    for window in (hers, his):
        window.expect_live()
    hers.send("first things first")
    hers.send("not for you")
    hers.expect_all_sent(2)
    his.expect_messages(["first things first", "not for you"])
    line = hers.person_link(bob)
    expect(line).to_contain_text("You: not for you")
    choose(hers, row(hers, "not for you"), "Delete")
    undo = hers.page.get_by_role("status").get_by_role("button", name="Undo")
    undo.hover()  # it stays while one points at it
    for window in (hers, his):
        window.expect_messages(["first things first", TOMBSTONE])
    for window, other in ((hers, bob), (his, alice)):
        expect(window.person_link(other)).to_contain_text("Message deleted")
        expect(window.person_link(other)).not_to_contain_text("not for you")
    check_page(hers)
    undo.click()
    for window in (hers, his):
        window.expect_messages(["first things first", "not for you"])
    expect(line).to_contain_text("You: not for you")
    his.page.reload()
    his.expect_messages(["first things first", "not for you"])


@pytest.mark.thorough
def test_only_ones_own_stored_messages_can_be_deleted(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Callable[..., Socket]
) -> None:
    connect(bob).send(conversation, "his words")
    window = open_window(server, alice, f"/chat/{conversation}", network_may_fail=True)
    window.expect_live()
    message = row(window, "his words")
    message.hover()
    message.get_by_role("button", name="More").click()
    expect(window.page.get_by_role("menuitem", name="Copy text")).to_be_visible()
    expect(window.page.get_by_role("menuitem", name="Delete")).to_have_count(0)
    window.page.keyboard.press("Escape")
    window.send("her words")
    window.expect_all_sent(1)
    window.context.set_offline(True)
    window.page.evaluate("dispatchEvent(new Event('offline'))")
    window.expect_connection("Offline")
    choose(window, row(window, "her words"), "Delete")
    expect(window.page.get_by_text("The message could not be deleted: there is no connection.")).to_be_visible()
    window.expect_messages(["his words", "her words"])


@pytest.mark.thorough
def test_by_keyboard(server: Server, alice: Person, conversation: int, open_window: Open) -> None:
    window = open_window(server, alice, f"/chat/{conversation}")
    window.expect_live()
    window.send("oops")
    window.expect_all_sent(1)
    page = window.page
    row(window, "oops").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menu", name="Message")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem", name="Delete")).to_be_focused()
    page.keyboard.press("Enter")
    window.expect_messages([TOMBSTONE])
    expect(window.log.get_by_role("article")).to_be_focused()
