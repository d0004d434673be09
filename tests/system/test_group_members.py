"""Three people in three browsers change a group, and all of them see it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Window
from tests.support.demo import send_many
from tests.support.details import Details, conversation_link, expect_line
from tests.support.groups import make_group
from tests.support.people import Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually

Open = Callable[..., Window]
Connect = Callable[..., Socket]

NO_LONGER = "You are no longer part of "


@pytest.fixture
def group(alice: Person, bob: Person, charlie: Person) -> int:
    """Alice's, with Bob and Charlie."""
    return make_group(alice, bob, charlie, title="Harbour walk")


def name_of(person: Person) -> str:
    name: str = person.me["display_name"]
    return name


def test_a_new_name_reaches_everybody(
    server: Server, alice: Person, bob: Person, charlie: Person, group: int, open_window: Open
) -> None:
    windows = [open_window(server, person, f"/chat/{group}") for person in (alice, bob, charlie)]
    hers, his, _ = (Details(window).open() for window in windows)
    his.rename("  Lunch on Friday ")
    for window in windows:
        expect(window.page.get_by_role("heading", name="Lunch on Friday", level=2)).to_be_visible()
        expect(conversation_link(window, "Lunch on Friday")).to_be_visible()
        expect_line(window, f"{name_of(bob)} named the group Lunch on Friday")
    expect(hers.root.get_by_role("heading", name="Lunch on Friday")).to_be_visible()
    expect(his.button("Rename")).to_be_focused()
    windows[2].page.reload()
    expect(windows[2].page.get_by_role("heading", name="Lunch on Friday", level=2)).to_be_visible()


@pytest.mark.thorough
def test_a_name_that_will_not_do_is_refused_beside_the_box(
    server: Server, alice: Person, group: int, open_window: Open
) -> None:
    window = open_window(server, alice, f"/chat/{group}")
    hers = Details(window).open()
    for title, words in (("   ", "Type a name first."), ("x" * 101, "101 of 100 characters")):
        hers.rename(title)
        expect(hers.root.get_by_role("alert").filter(has_text=words)).to_be_visible()
        box = hers.root.get_by_role("textbox", name="Name of the group")
        expect(box).to_be_focused()
        expect(box).to_have_attribute("aria-invalid", "true")
        window.page.keyboard.press("Escape")
        expect(hers.button("Rename")).to_be_focused()
    window.network_may_fail = True
    window.page.route(f"**/api/conversations/{group}", lambda route: route.abort())
    hers.rename("Kept while the line is down")
    expect(hers.root.get_by_role("alert").filter(has_text="could not be reached")).to_be_visible()
    expect(hers.root.get_by_role("textbox", name="Name of the group")).to_have_value("Kept while the line is down")
    window.page.unroute_all()
    window.page.keyboard.press("Enter")
    expect(hers.root.get_by_role("heading", name="Kept while the line is down")).to_be_visible()


@pytest.mark.parametrize("history", ["Everything so far", "From now on"])
def test_who_is_added_may_read_what_was_chosen(
    server: Server, alice: Person, bob: Person, charlie: Person, open_window: Open, connect: Connect, history: str
) -> None:
    group = make_group(alice, bob, title="Two at first")
    send_many(connect(bob), group, 70, "old")
    hers, his, theirs = (open_window(server, person) for person in (alice, bob, charlie))
    for window in (hers, his, theirs):
        window.expect_live()
    for window in (hers, his):
        conversation_link(window, "Two at first").click()
        Details(window).open().expect_people(alice, bob)
    Details(hers).add(charlie, history)
    for window in (hers, his):
        Details(window).expect_people(alice, bob, charlie)
        expect_line(window, f"{name_of(alice)} added {name_of(charlie)}")
    conversation_link(theirs, "Two at first").click()
    expect_line(theirs, f"{name_of(alice)} added {name_of(charlie)}")
    his.send("welcome")
    expect(theirs.message("welcome")).to_be_visible()
    scroll_to_the_start(theirs.page)
    for _ in range(2):
        if history == "From now on":
            expect(theirs.log.get_by_text("old", exact=False)).to_have_count(0)
        else:
            expect(theirs.message("old 1")).to_be_attached()
        theirs.page.reload()
        expect(theirs.message("welcome")).to_be_visible()
        scroll_to_the_start(theirs.page)
    told = [message["body"] for message in charlie.messages(group)]
    assert ("old 1" in told) == (history != "From now on")


def scroll_to_the_start(page: Page) -> None:
    log = page.get_by_role("log", name="Messages")
    eventually(
        lambda: log.evaluate("log => { log.scrollTop = 0; return Boolean(log.querySelector('.history-start')); }")
    )


def test_who_is_removed_gets_nothing_more(
    server: Server, alice: Person, bob: Person, charlie: Person, group: int, open_window: Open, connect: Connect
) -> None:
    hers, his, theirs = (open_window(server, person, f"/chat/{group}") for person in (alice, bob, charlie))
    spy = connect(charlie)
    theirs.network_may_fail = True  # what the page just asks for is not there any more
    Details(his).open()
    Details(theirs).open().expect_people(alice, bob, charlie)
    panel = Details(hers).open()
    panel.choose(charlie, "Remove from group")
    panel.dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(theirs.page.get_by_role("status").filter(has_text=NO_LONGER)).to_be_visible()
    for window in (hers, his):
        Details(window).expect_people(alice, bob)
        expect_line(window, f"{name_of(alice)} removed {name_of(charlie)}")
    expect(panel.button("Add people")).to_be_focused()
    expect(Details(theirs).root).to_be_hidden()
    expect(conversation_link(theirs, "Harbour walk")).to_have_count(0)
    his.send("between us")
    expect(hers.message("between us")).to_be_visible()
    connect(bob).send(bob.talk_to(charlie), "to you alone")  # what was told before this has come before it, too
    spy.wait_for("message_created", lambda data: data["message"]["body"] == "to you alone")
    spy.settle()
    assert spy.got("message_created", lambda data: data["message"]["body"] == "between us") == []
    assert "between us" not in (theirs.page.text_content("body") or "")
    theirs.open(f"/chat/{group}")
    expect(theirs.box).to_have_count(0)
    expect(theirs.page.get_by_role("heading", level=1)).to_be_visible()


def test_leaving_and_the_only_owner(
    server: Server, alice: Person, bob: Person, charlie: Person, group: int, open_window: Open
) -> None:
    hers, his, theirs = (open_window(server, person, f"/chat/{group}") for person in (alice, bob, charlie))
    Details(his).open().leave()
    expect(his.page.get_by_role("status").filter(has_text="You left “Harbour walk”.")).to_be_visible()
    expect(conversation_link(his, "Harbour walk")).to_have_count(0)
    panel = Details(hers).open()
    for window in (hers, theirs):
        expect_line(window, f"{name_of(bob)} left")
    panel.expect_people(alice, charlie)
    hers.network_may_fail = True  # a refusal is a 409
    panel.leave()
    expect(panel.dialog.get_by_role("alert")).to_contain_text("You are the only owner. Make someone else an owner")
    panel.dialog.get_by_role("button", name="Cancel").click()
    panel.choose(charlie, "Make owner")
    expect(panel.row(charlie)).to_contain_text("Owner")
    expect_line(theirs, f"{name_of(alice)} made {name_of(charlie)} an owner")
    panel.leave()
    expect(conversation_link(hers, "Harbour walk")).to_have_count(0)
    Details(theirs).open().expect_people(charlie)


@pytest.mark.thorough
def test_a_member_sees_only_what_members_may_do(
    server: Server, alice: Person, bob: Person, charlie: Person, group: int, open_window: Open
) -> None:
    hers, his = (open_window(server, person, f"/chat/{group}") for person in (alice, bob))
    owner, member = Details(hers).open(), Details(his).open()
    expect(member.row(alice)).to_contain_text("Owner")
    expect(member.row(bob)).to_contain_text("You")
    expect(member.row(bob).get_by_role("button")).to_have_count(0)
    expect(member.menu_of(charlie)).to_have_text(["Message"])
    his.page.keyboard.press("Escape")
    owner.choose(bob, "Make owner")
    expect(member.row(bob)).to_contain_text("You, owner")
    expect(member.menu_of(charlie)).to_have_text(["Message", "Make owner", "Remove from group"])
    his.page.keyboard.press("Escape")
    member.choose(alice, "Make member")
    expect(owner.row(alice)).not_to_contain_text("owner")
    expect(owner.menu_of(charlie)).to_have_text(["Message"])
    hers.page.keyboard.press("Enter")
    expect(hers.page.get_by_role("heading", name=name_of(charlie), level=2)).to_be_visible()
    expect(owner.root.get_by_text(f"@{charlie.username}")).to_be_visible()
