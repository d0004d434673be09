"""What is unread, and what one has put away: the same in the list, the title and the icon of every tab."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Window
from tests.support.demo import send_many
from tests.support.people import Cast, Person
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.system.test_groups_list import make_group, set_own

Open = Callable[..., Window]
OpenByWire = Callable[[Person, str], tuple[Window, Proxy]]
Connect = Callable[..., Socket]

BACK_WITHIN = 20_000


def expect_unread(page: Page, count: int) -> None:
    """The title, the icon and the list agree."""
    people = page.get_by_role("navigation", name="People")
    icon = page.locator("link[rel=icon]")
    if count:
        expect(page).to_have_title(re.compile(rf"^\({count}\) "))
        expect(people.get_by_text("unread")).to_have_text([" unread"])
        expect(people).to_contain_text(f"{count} unread")
        expect(icon).to_have_attribute("href", re.compile("unread"))
    else:
        expect(page).not_to_have_title(re.compile(r"^\("))
        expect(people).not_to_contain_text("unread")
        expect(icon).not_to_have_attribute("href", re.compile("unread"))


def test_what_is_marked_unread_on_another_device_stays_so_until_it_is_opened_again(
    server: Server, alice: Person, bob: Person, charlie: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    his, phone = connect(bob), connect(alice)
    send_many(his, conversation, 4)
    phone.send(alice.talk_to(charlie), "so that it is in the list")
    window = open_window(server, alice, f"/chat/{conversation}")
    window.expect_live()
    second = window.new_tab()
    window.open("/chat", second)
    window.page.bring_to_front()
    for page in (window.page, second):
        expect_unread(page, 0)
    ack = phone.request("unread_mark", {"conversation_id": conversation, "seq": 3})
    assert ack == {"ok": True, "last_read_seq": 2}
    for page in (window.page, second):
        expect_unread(page, 2)
    # In sight in a focused tab, and still not read.
    his.send(conversation, "one more")
    window.message("one more").wait_for()
    for page in (window.page, second):
        expect_unread(page, 3)
    fresh = window.new_tab()
    window.open("/chat", fresh)
    expect_unread(fresh, 3)
    window.page.bring_to_front()
    window.person_link(charlie).click()
    expect_unread(window.page, 3)
    window.person_link(bob).click()
    for page in (window.page, second, fresh):
        expect_unread(page, 0)
    phone.wait_for("read_marked", lambda data: data["user_id"] == alice.id and data["last_read_seq"] == 5)


@pytest.mark.thorough
def test_an_answer_is_a_sign_that_one_has_read(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    phone = connect(alice)
    send_many(connect(bob), conversation, 2)
    window = open_window(server, alice, f"/chat/{conversation}")
    window.expect_live()
    phone.wait_for("read_marked", lambda data: data["user_id"] == alice.id and data["last_read_seq"] == 2)
    expect_unread(window.page, 0)
    phone.request("unread_mark", {"conversation_id": conversation, "seq": 1})
    expect_unread(window.page, 2)
    window.send("an answer")
    expect_unread(window.page, 0)
    phone.wait_for("read_marked", lambda data: data["user_id"] == alice.id and data["last_read_seq"] == 3)


def test_what_is_put_away_or_muted_follows_in_every_tab_and_news_bring_it_back(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    his = connect(bob)
    send_many(his, conversation, 2)
    window = open_window(server, alice)
    window.expect_live()
    second = window.new_tab()
    window.open("/chat", second)
    for page in (window.page, second):
        expect_unread(page, 2)
    set_own(alice, conversation, notify="nothing")
    for page in (window.page, second):
        expect(page).not_to_have_title(re.compile(r"^\("))
        expect(page.get_by_role("navigation", name="People")).to_contain_text("2 unread")
    set_own(alice, conversation, notify="all", shelf="hidden")
    recent = [page.get_by_role("list", name="Conversations") for page in (window.page, second)]
    for listed in recent:
        expect(listed.get_by_role("link")).to_have_count(0)
    his.send(conversation, "news")
    for page in (window.page, second):
        expect_unread(page, 3)
    for listed in recent:
        expect(listed.get_by_role("link")).to_have_count(1)


@pytest.mark.thorough
def test_what_waits_for_a_group_that_one_was_removed_from_steps_aside_and_is_kept(
    cast: Cast, open_by_wire: OpenByWire, connect: Connect
) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    connect(charlie).send(charlie.talk_to(bob), "so that it is in the list")
    group = make_group(alice, bob, charlie, title="Lunch")
    his, wire = open_by_wire(bob, f"/chat/{group}")
    wire.cut()
    his.expect_connection("Offline")
    his.send("too late")
    alice.call("DELETE", f"/api/conversations/{group}/members/{bob.id}")
    wire.restore()
    his.expect_connection("Live", within=BACK_WITHIN)
    kept = his.page.get_by_role("dialog", name="You are no longer part of Lunch")
    expect(kept.get_by_role("textbox", name="Not sent")).to_have_value("too late")
    kept.get_by_role("button", name="Keep").click()
    his.person_link(charlie).click()
    his.send("but this one goes out")
    his.expect_all_sent(1)
    answer = alice.call("POST", f"/api/conversations/{group}/members", {"user_ids": [bob.id], "history": "from_now"})
    assert answer.status_code == 200, answer.text
    his.page.get_by_role("navigation", name="People").get_by_role("link", name="Lunch").click()
    message = his.message("too late")
    expect(message.get_by_label(re.compile("Not sent"))).to_be_visible()
    message.get_by_role("button", name="Retry").click()
    his.expect_all_sent(1)
    assert alice.messages(group)[-1]["body"] == "too late"
