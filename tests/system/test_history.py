"""Long histories: they open at the end or at the first unread, and what is being read stands still."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Window
from tests.support.demo import fill_conversation, send_many
from tests.support.people import Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually

Open = Callable[..., Window]
Connect = Callable[..., Socket]

STILL = 2  # px, for rounding
TOP_OF = """text => {
    const texts = [...document.querySelectorAll('article .message-text')];
    const found = texts.find(node => node.textContent.split(' and ')[0] === text);
    return found ? found.getBoundingClientRect().top : null;
}"""
FIRST_VISIBLE = """() => {
    const edge = document.querySelector('[role=log]').getBoundingClientRect().top;
    const texts = [...document.querySelectorAll('article .message-text')];
    return texts.find(node => node.getBoundingClientRect().top >= edge).textContent.split(' and ')[0];
}"""
FIRST = """() => Number(document.querySelector('article .message-text').textContent.split(' ')[1])"""
FROM_END = """() => {
    const log = document.querySelector('[role=log]');
    return log.scrollHeight - log.clientHeight - log.scrollTop;
}"""


@pytest.fixture
def long(server: Server, alice: Person, bob: Person, conversation: int) -> int:
    fill_conversation(server.database, conversation, [alice, bob], 1000)
    return conversation


def settle(page: Page) -> None:
    """Two frames: what a change of the page sets off has been drawn by then."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_it_opens_at_the_end(server: Server, alice: Person, long: int, open_window: Open) -> None:
    window = open_window(server, alice, f"/chat/{long}")
    expect(window.log.get_by_text("line 1000", exact=False)).to_be_in_viewport()
    eventually(lambda: window.page.evaluate(FROM_END) < STILL)


def test_it_opens_at_the_first_unread(
    server: Server, alice: Person, bob: Person, long: int, open_window: Open, connect: Connect
) -> None:
    send_many(connect(bob), long, 60, "unread")
    window = open_window(server, alice, f"/chat/{long}")
    expect(window.log.get_by_text("New messages", exact=True)).to_be_in_viewport()
    expect(window.log.get_by_text("unread 1", exact=True)).to_be_in_viewport()
    expect(window.log.get_by_text("unread 60", exact=True)).not_to_be_in_viewport()


def test_scrolling_up_500_messages_never_moves_the_line_being_read(
    server: Server, alice: Person, long: int, open_window: Open
) -> None:
    window = open_window(server, alice, f"/chat/{long}")
    page = window.page
    expect(window.log.get_by_text("line 1000", exact=False)).to_be_in_viewport()
    window.log.hover()
    moved = []
    reached = 1000
    for _ in range(400):
        page.mouse.wheel(0, -700)
        settle(page)
        text = page.evaluate(FIRST_VISIBLE)
        before = page.evaluate(TOP_OF, text)
        for _ in range(3):
            settle(page)
            after = page.evaluate(TOP_OF, text)
            if after is None or abs(after - before) > STILL:
                moved.append((text, before, after))
        reached = int(text.split()[1])
        if reached <= 480:
            break
    assert reached <= 480, f"only {reached} was reached"
    assert moved == []
    assert page.evaluate(FIRST) > 1, "more was loaded than was asked for"


def test_new_messages_do_not_move_what_is_being_read(
    server: Server, alice: Person, bob: Person, long: int, open_window: Open, connect: Connect
) -> None:
    window = open_window(server, alice, f"/chat/{long}")
    page = window.page
    expect(window.log.get_by_text("line 1000", exact=False)).to_be_in_viewport()
    window.expect_live()
    window.log.hover()
    page.mouse.wheel(0, -1500)
    eventually(lambda: page.evaluate(FROM_END) > 1000)
    settle(page)
    text = page.evaluate(FIRST_VISIBLE)
    before = page.evaluate(TOP_OF, text)
    send_many(connect(bob), long, 3, "new")
    button = page.get_by_role("button", name="3 new messages")
    expect(button).to_be_visible()
    assert abs(page.evaluate(TOP_OF, text) - before) <= STILL
    button.click()
    expect(window.log.get_by_text("new 3", exact=True)).to_be_in_viewport()
    expect(button).to_be_hidden()


@pytest.mark.thorough
def test_at_the_end_it_follows_what_arrives(
    server: Server, alice: Person, bob: Person, long: int, open_window: Open, connect: Connect
) -> None:
    window = open_window(server, alice, f"/chat/{long}")
    window.expect_live()
    his = connect(bob)
    for number in range(1, 11):
        his.send(long, f"new {number}")
        expect(window.log.get_by_text(f"new {number}", exact=True)).to_be_in_viewport()
    window.send("an answer")
    expect(window.log.get_by_text("an answer", exact=True)).to_be_in_viewport()


@pytest.mark.thorough
def test_the_very_beginning_can_be_reached(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    fill_conversation(server.database, conversation, [alice, bob], 180)
    window = open_window(server, alice, f"/chat/{conversation}")
    expect(window.log.get_by_text("line 180", exact=False)).to_be_in_viewport()
    window.log.hover()
    for _ in range(200):
        window.page.mouse.wheel(0, -2000)
        settle(window.page)
        if window.page.evaluate(FIRST) == 1:
            break
    expect(window.log.get_by_text("This is the start of your conversation")).to_be_visible()
    texts = window.log.locator("article .message-text").all_inner_texts()
    assert [int(text.split()[1]) for text in texts] == list(range(1, 181))
