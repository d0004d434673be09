"""The details of a conversation: one's own settings, a person's, a large group's."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.details import Details, conversation_link
from tests.support.groups import make_group
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.system.test_layout import tab_to

pytestmark = pytest.mark.thorough

Open = Callable[..., Window]
Connect = Callable[..., Socket]


@pytest.fixture
def group(alice: Person, bob: Person, charlie: Person) -> int:
    """Alice's, with Bob and Charlie."""
    return make_group(alice, bob, charlie, title="Harbour walk")


def test_a_muted_conversation_counts_in_the_list_alone(
    server: Server, alice: Person, bob: Person, group: int, open_window: Open, connect: Connect
) -> None:
    window = open_window(server, alice, f"/chat/{group}")
    level = Details(window).open().level
    level.select_option("Nothing")
    second = window.new_tab()
    window.open("/chat", second)
    window.open("/chat")  # nobody looks at it
    connect(bob).send(group, "quietly")
    link = second.get_by_role("navigation", name="People").get_by_role("link", name="Harbour walk", exact=True)
    expect(link).to_contain_text("1 unread")
    expect(link.get_by_role("img", name="Muted")).to_be_visible()
    expect(second).not_to_have_title(re.compile(r"^\("))
    window.open(f"/chat/{group}")
    expect(level).to_have_value("nothing")
    level.select_option("All messages")
    expect(second).not_to_have_title(re.compile(r"^\("))  # read in the first tab meanwhile


@pytest.mark.parametrize("act", ["Archive", "Hide"])
def test_off_the_list_until_somebody_writes(
    server: Server, alice: Person, bob: Person, group: int, open_window: Open, connect: Connect, act: str
) -> None:
    window = open_window(server, alice, f"/chat/{group}")
    panel = Details(window).open()
    link = conversation_link(window, "Harbour walk")
    toast = window.page.get_by_role("status").filter(has_text="until somebody writes")
    expect(link).to_be_visible()
    panel.button(act).click()
    expect(link).to_be_hidden()
    expect(panel.button("Back to the list")).to_be_focused()
    toast.get_by_role("button", name="Undo").click()
    expect(toast).to_have_count(0)
    expect(link).to_be_visible()
    panel.button(act).click()
    expect(link).to_be_hidden()
    panel.button("Back to the list").click()
    expect(link).to_be_visible()
    with window.page.expect_response(re.compile("/membership$")):
        panel.button(act).click()
    window.page.reload()
    expect(panel.button("Back to the list")).to_be_visible()
    expect(link).to_be_hidden()
    connect(bob).send(group, "is anybody there?")
    expect(link).to_be_visible()
    expect(panel.button(act)).to_be_visible()


def test_a_toast_waits_for_whoever_is_at_it(server: Server, alice: Person, group: int, open_window: Open) -> None:
    window = open_window(server, alice, f"/chat/{group}")
    window.page.clock.install()
    panel = Details(window).open()
    panel.button("Archive").click()
    undo = window.page.get_by_role("status").get_by_role("button", name="Undo")
    tab_to(window, undo)
    window.page.clock.fast_forward(60_000)
    expect(undo).to_be_focused()
    window.page.keyboard.press("Enter")
    expect(panel.button("Archive")).to_be_visible()
    panel.button("Archive").click()
    expect(undo).to_be_visible()
    window.page.clock.fast_forward(60_000)
    expect(undo).to_have_count(0)


def test_a_person_s_details(server: Server, alice: Person, bob: Person, conversation: int, open_window: Open) -> None:
    window = open_window(server, alice, f"/chat/{conversation}")
    panel = Details(window).open()
    expect(panel.root.get_by_role("heading", name=bob.me["display_name"])).to_be_visible()
    expect(panel.root.get_by_text(f"@{bob.username}")).to_be_visible()
    expect(panel.level).to_be_visible()
    for name in ("Rename", "Add people", "Leave group"):
        expect(panel.button(name)).to_be_hidden()


def test_a_large_group_comes_by_pages_and_is_searched(
    own_server: Server, make_cast: Callable[[Server], Cast], open_window: Open
) -> None:
    cast = make_cast(own_server)
    alice = cast.alice
    others = [cast.person(f"member{number:02}") for number in range(54)]
    window = open_window(own_server, alice, f"/chat/{make_group(alice, *others, title='Everybody')}")
    panel = Details(window).open()
    expect(panel.rows).to_have_count(50)
    panel.button("Show more").click()
    panel.expect_people(alice, *others)
    expect(panel.button("Show more")).to_be_hidden()
    search = panel.root.get_by_role("searchbox", name="Find a member")
    search.fill("MEMBER53")
    expect(panel.rows).to_have_count(1)
    panel.choose(others[53], "Remove from group")
    panel.dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(panel.rows).to_have_count(0)
    expect(panel.root.get_by_text("Nobody here is called “MEMBER53”.")).to_be_visible()
    search.fill("")
    expect(panel.root.get_by_role("heading", name="54 people")).to_be_visible()
