"""An address of a message opens at it, marks it, and lets one read on from there in both directions."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Window
from tests.support.demo import fill_conversation
from tests.support.people import Person
from tests.support.server import Server
from tests.support.timeline import choose, focused_text, row
from tests.support.waiting import eventually
from tests.system.test_history import FIRST_VISIBLE, FROM_END, STILL, TOP_OF, settle

Open = Callable[..., Window]

# Where the message stands in the view: 0 at its upper edge, 1 at its lower one.
PLACE = """node => {
    const log = document.querySelector('[role=log]').getBoundingClientRect();
    const box = node.getBoundingClientRect();
    return (box.top + box.height / 2 - log.top) / log.height;
}"""
# A wheel returns before anything moves, and the browser moves it over several frames.
WHEELED = """async ([before, isUp]) => {
    const log = document.querySelector('[role=log]');
    const frame = () => new Promise(requestAnimationFrame);
    const isAtEnd = () => isUp ? log.scrollTop <= 0 : log.scrollHeight - log.clientHeight - log.scrollTop < 1;
    for (const start = performance.now(); log.scrollTop === before && !isAtEnd();) {
        if (performance.now() - start > 10000) throw new Error('the wheel moves nothing');
        await frame();
    }
    for (let last = null; last !== log.scrollTop;) {
        last = log.scrollTop;
        for (let frames = 0; frames < 3; frames += 1) await frame();
    }
}"""
NOT_HERE = "That message is not here."


@pytest.fixture
def long(server: Server, alice: Person, bob: Person, conversation: int) -> int:
    fill_conversation(server.database, conversation, [alice, bob], 1500)
    return conversation


def wheel(page: Page, down: int) -> None:
    """Turns the wheel over the log, and waits until what that moves stands still."""
    before = page.evaluate("document.querySelector('[role=log]').scrollTop")
    page.mouse.wheel(0, down)
    page.evaluate(WHEELED, [before, down < 0])


@pytest.mark.parametrize("look", [{}, {"reduced_motion": "reduce"}], ids=["motion", "still"])
def test_it_opens_at_its_message_and_marks_it(
    server: Server, alice: Person, long: int, open_window: Open, look: dict[str, str]
) -> None:
    window = open_window(server, alice, f"/chat/{long}/700", **look)
    message = row(window, "line 700")
    expect(message).to_be_in_viewport(ratio=1)
    expect(message).to_be_focused()
    assert 0.35 < message.evaluate(PLACE) < 0.65
    window.expect_live()
    assert window.page.url.endswith(f"/chat/{long}/700")
    if look:
        expect(message).to_have_attribute("data-marked", "")
        window.page.keyboard.press("ArrowDown")
    expect(message).not_to_have_attribute("data-marked", "")


@pytest.mark.thorough
def test_one_reads_on_from_there_in_both_directions(
    server: Server, alice: Person, long: int, open_window: Open
) -> None:
    window = open_window(server, alice, f"/chat/{long}/1000")
    page = window.page
    expect(row(window, "line 1000")).to_be_in_viewport()
    window.log.hover()
    moved, reached = [], 1000
    for _ in range(400):
        wheel(page, -700)
        text = page.evaluate(FIRST_VISIBLE)
        before = page.evaluate(TOP_OF, text)
        settle(page)
        after = page.evaluate(TOP_OF, text)
        if after is None or abs(after - before) > STILL:
            moved.append((text, before, after))
        reached = int(text.split()[1])
        if reached <= 490:
            break
    assert reached <= 490, f"only {reached} was reached"
    assert moved == []
    for _ in range(600):
        wheel(page, 900)
        if row(window, "line 1500").count() and page.evaluate(FROM_END) < STILL:
            break
    expect(row(window, "line 1500")).to_be_in_viewport()
    numbers = [int(text.split()[1]) for text in window.log.locator("article .message-text").all_inner_texts()]
    assert numbers == list(range(numbers[0], 1501))
    window.send("at the end")
    expect(window.log.get_by_text("at the end", exact=True)).to_be_in_viewport()


@pytest.mark.thorough
def test_the_button_leads_from_there_to_the_end(server: Server, alice: Person, long: int, open_window: Open) -> None:
    window = open_window(server, alice, f"/chat/{long}/3")
    expect(row(window, "line 3")).to_be_in_viewport()
    window.page.get_by_role("button", name="Latest messages").click()
    expect(row(window, "line 1500")).to_be_in_viewport()


def test_a_link_in_a_message_opens_in_place_and_back_leads_back(
    server: Server, alice: Person, bob: Person, charlie: Person, long: int, open_window: Open
) -> None:
    other = bob.talk_to(charlie)
    window = open_window(server, alice, f"/chat/{long}")
    window.page.evaluate("window.stillHere = true")
    window.send(f"see {server.url}/chat/{long}/200")
    window.send(f"not yours {server.url}/chat/{other}/1")
    window.expect_live()
    expect(window.log.get_by_label("Sent", exact=True).last).to_be_visible()
    window.page.get_by_role("link", name=f"{server.url}/chat/{long}/200").click()
    expect(row(window, "line 200")).to_be_focused()
    expect(row(window, "line 200")).to_be_in_viewport()
    expect(window.page).to_have_url(re.compile(f"/chat/{long}/200$"))
    window.page.go_back()
    expect(window.page).to_have_url(re.compile(f"/chat/{long}$"))
    link = window.page.get_by_role("link", name=f"{server.url}/chat/{other}/1")
    expect(link).to_be_in_viewport()
    window.network_may_fail = True  # it is refused, which Chromium logs as an error
    link.click()
    expect(window.page.get_by_text(NOT_HERE)).to_be_visible()
    expect(window.page).to_have_url(re.compile(f"/chat/{long}$"))
    assert window.page.evaluate("window.stillHere") is True
    assert len(window.context.pages) == 1


@pytest.mark.thorough
def test_back_leads_to_what_one_was_reading(
    server: Server, alice: Person, bob: Person, long: int, open_window: Open
) -> None:
    link = f"{server.url}/chat/{long}/100"
    server.database.execute("UPDATE message SET body = ? WHERE conversation_id = ? AND seq = 900", link, long)
    window = open_window(server, alice, f"/chat/{long}/900")
    window.page.get_by_role("link", name=link).click()
    expect(row(window, "line 100")).to_be_in_viewport()
    window.page.go_back()
    expect(window.page.get_by_role("link", name=link)).to_be_in_viewport()


@pytest.mark.thorough
def test_a_message_that_is_not_there(server: Server, alice: Person, long: int, open_window: Open) -> None:
    window = open_window(server, alice, f"/chat/{long}/1501")
    expect(window.page.get_by_text(NOT_HERE)).to_be_visible()
    expect(row(window, "line 1500")).to_be_in_viewport()
    eventually(lambda: window.page.evaluate(FROM_END) < STILL)


@pytest.mark.thorough
def test_the_address_is_copied_from_the_menu(
    server: Server, alice: Person, bob: Person, long: int, open_window: Open
) -> None:
    window = open_window(server, alice, f"/chat/{long}")
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    choose(window, row(window, "line 1499"), "Copy link")
    expect(window.page.get_by_text("Link copied")).to_be_visible()
    assert window.page.evaluate("navigator.clipboard.readText()") == f"{server.url}/chat/{long}/1499"


@pytest.mark.thorough
def test_where_a_page_may_not_copy_the_address_can_be_copied_by_hand(
    server: Server, alice: Person, long: int, open_window: Open
) -> None:
    url = f"http://chat.test:{server.port}"
    window = open_window(server, alice, f"/chat/{long}", url=url)
    page = window.page
    expect(row(window, "line 1500")).to_be_in_viewport()
    page.get_by_role("button", name="Attach files").focus()
    page.keyboard.press("Shift+Tab")
    expect(row(window, "line 1500")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    box = page.get_by_role("dialog").get_by_role("textbox", name="Copy link")
    expect(box).to_be_focused()
    assert page.evaluate("getSelection().toString()") == f"{url}/chat/{long}/1500"
    page.keyboard.press("Escape")
    assert focused_text(page).startswith("line 1500")
