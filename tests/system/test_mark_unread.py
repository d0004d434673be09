"""Mark unread from here: the line, the counts and the title agree, and looking on does not undo it."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.demo import send_many
from tests.support.groups import view
from tests.support.people import Person
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.timeline import choose, row
from tests.support.waiting import eventually

Open = Callable[..., Window]
Connect = Callable[..., Socket]
OpenByWire = Callable[[Person, str], tuple[Window, Proxy]]

NEXT_TEXT = """log => {
    const line = log.querySelector('.rule-new');
    return line?.nextElementSibling.querySelector('.message-text').textContent;
}"""


# The 300 ms after which the server is told how far one has read.
TELL_LATE = """() => {
    const real = window.setTimeout;
    window.setTimeout = (call, ms, ...more) => real(call, ms === 300 ? 60_000 : ms, ...more);
}"""


def unread_in_list(window: Window, count: int) -> None:
    people = window.page.get_by_role("navigation", name="People")
    if count:
        expect(people).to_contain_text(f"{count} unread")
        expect(window.page).to_have_title(re.compile(rf"^\({count}\) "))
    else:
        expect(people).not_to_contain_text("unread")
        expect(window.page).not_to_have_title(re.compile(r"^\("))


def expect_line_above(window: Window, text: str) -> None:
    """The line of what is new stands right above that message."""
    expect(window.log.get_by_text("New messages", exact=True)).to_be_visible()
    eventually(lambda: window.log.evaluate(NEXT_TEXT) == text)


def test_by_pointer(
    server: Server, alice: Person, bob: Person, charlie: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    his = connect(bob)
    send_many(his, conversation, 8)
    other = alice.talk_to(charlie)
    connect(charlie).send(other, "something else")
    window = open_window(server, alice, f"/chat/{conversation}")
    second = open_window(server, alice, "/chat")
    expect(row(window, "line 8")).to_be_in_viewport()
    his.wait_for("read_marked", lambda data: data["user_id"] == alice.id and data["last_read_seq"] == 8)
    choose(window, row(window, "line 6"), "Mark unread from here")
    expect_line_above(window, "line 6")
    for one in (window, second):
        expect(one.person_link(bob)).to_contain_text("3 unread")
        expect(one.page).to_have_title(re.compile(r"^\(4\) "))
    window.page.mouse.wheel(0, 300)  # looking at it is no reading
    window.page.evaluate("dispatchEvent(new Event('focus'))")
    his.send(conversation, "line 9")
    expect(row(window, "line 9")).to_be_in_viewport()
    expect(window.person_link(bob)).to_contain_text("4 unread")
    window.page.reload()
    expect_line_above(window, "line 6")
    expect(window.person_link(bob)).not_to_contain_text("unread")


def test_by_keyboard(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    send_many(connect(bob), conversation, 5)
    window = open_window(server, alice, f"/chat/{conversation}")
    page = window.page
    expect(row(window, "line 5")).to_be_in_viewport()
    unread_in_list(window, 0)
    window.box.focus()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Attach files")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(row(window, "line 5")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(row(window, "line 3")).to_be_focused()
    page.keyboard.press("Shift+F10")
    page.keyboard.press("m")
    expect(page.get_by_role("menuitem", name="Mark unread from here")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row(window, "line 3")).to_be_focused()
    unread_in_list(window, 3)
    expect_line_above(window, "line 3")
    page.keyboard.press("Escape")
    expect(window.box).to_be_focused()


def test_what_was_read_a_moment_ago(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    """The server does not know of the reading yet, and would have nothing to put back."""
    send_many(connect(bob), conversation, 5)
    window = open_window(server, alice, "/chat")
    window.expect_live()
    window.page.evaluate(TELL_LATE)
    window.person_link(bob).click()
    unread_in_list(window, 0)
    choose(window, row(window, "line 3"), "Mark unread from here")
    unread_in_list(window, 3)
    eventually(lambda: view(alice, conversation)["unread"] == 3)
    unread_in_list(window, 3)


def test_without_a_connection_it_waits_for_one(
    alice: Person, bob: Person, conversation: int, open_by_wire: OpenByWire, connect: Connect
) -> None:
    his = connect(bob)
    send_many(his, conversation, 5)
    window, wire = open_by_wire(alice, f"/chat/{conversation}")
    his.wait_for("read_marked", lambda data: data["user_id"] == alice.id and data["last_read_seq"] == 5)
    for count in (2, 4):
        wire.block("/socket.io/")
        window.expect_connection("Offline|Connecting")
        choose(window, row(window, f"line {6 - count}"), "Mark unread from here")
        unread_in_list(window, count)
        expect_line_above(window, f"line {6 - count}")
        wire.restore()
        eventually(lambda count=count: view(alice, conversation)["unread"] == count)
        window.expect_live()
        unread_in_list(window, count)


def test_what_is_opened_again_before_there_is_a_connection_is_read(
    alice: Person, bob: Person, charlie: Person, conversation: int, open_by_wire: OpenByWire, connect: Connect
) -> None:
    connect(alice).send(alice.talk_to(charlie), "hello")
    his = connect(bob)
    send_many(his, conversation, 5)
    window, wire = open_by_wire(alice, f"/chat/{conversation}")
    his.wait_for("read_marked", lambda data: data["user_id"] == alice.id and data["last_read_seq"] == 5)
    wire.block("/socket.io/")
    window.expect_connection("Offline|Connecting")
    choose(window, row(window, "line 3"), "Mark unread from here")
    unread_in_list(window, 3)
    window.person_link(charlie).click()
    window.expect_messages(["hello"])
    unread_in_list(window, 3)
    window.person_link(bob).click()
    expect(row(window, "line 5")).to_be_in_viewport()
    unread_in_list(window, 0)
    wire.restore()
    window.expect_live()
    send_many(his, conversation, 1, "one more line")
    his.wait_for("read_marked", lambda data: data["user_id"] == alice.id and data["last_read_seq"] == 6)
    assert view(alice, conversation)["unread"] == 0
