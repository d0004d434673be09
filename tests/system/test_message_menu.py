"""The menu of a message: by pointer, by keyboard, by a long press; and lines about the group itself."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser import Window
from tests.support.demo import fill_conversation, send_many
from tests.support.groups import add, leave, make_group, rename
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.timeline import TOP, choose, focused_text, row
from tests.support.waiting import eventually
from tests.system.test_accessibility import LOOKS, check_page
from tests.system.test_layout import PHONE

pytestmark = pytest.mark.thorough

Open = Callable[..., Window]
Connect = Callable[..., Socket]

LISTEN = """() => {
    window.spoken = [];
    new MutationObserver(changes => {
        for (const change of changes) for (const node of change.addedNodes) window.spoken.push(node.textContent);
    }).observe(document.querySelector('[data-part=announcer]'), {childList: true});
}"""

# The first page of people, whose names are known, is emptied before any script reads it.
KNOW_NOBODY = """document.addEventListener('readystatechange', () => {
    const boot = document.getElementById('boot');
    const known = JSON.parse(boot.textContent);
    known.users = {users: [], next: null};
    delete known.newest_user_id; // nor is told who came lately
    boot.textContent = JSON.stringify(known);
}, {once: true});"""


def long_press(page: Page, x: float, y: float) -> None:
    wire = page.context.new_cdp_session(page)
    wire.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    expect(page.get_by_role("menu")).to_be_visible()
    wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wire.detach()


def test_the_text_is_copied(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    connect(bob).send(conversation, "line 1\nand its second line")
    window = open_window(server, alice, f"/chat/{conversation}")
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    message = window.log.get_by_role("article")
    choose(window, message, "Copy text")
    expect(window.page.get_by_text("Text copied")).to_be_visible()
    assert window.page.evaluate("navigator.clipboard.readText()") == "line 1\nand its second line"
    expect(message.get_by_role("button", name="More")).to_be_focused()


def test_it_closes_by_escape_tab_and_a_press_elsewhere(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    send_many(connect(bob), conversation, 3)
    window = open_window(server, alice, f"/chat/{conversation}")
    page, menu = window.page, window.page.get_by_role("menu", name="Message")
    row(window, "line 2").hover()
    more = row(window, "line 2").get_by_role("button", name="More")
    for close in (lambda: page.keyboard.press("Escape"), lambda: more.click()):
        more.click()
        expect(menu).to_be_visible()
        expect(more).to_have_attribute("aria-expanded", "true")
        close()
        expect(menu).to_have_count(0)
        expect(more).to_be_focused()
    more.click()
    page.keyboard.press("Tab")
    expect(menu).to_have_count(0)
    more.click()
    window.box.click()
    expect(menu).to_have_count(0)
    expect(window.box).to_be_focused()


def test_messages_by_keyboard(server: Server, alice: Person, bob: Person, conversation: int, open_window: Open) -> None:
    fill_conversation(server.database, conversation, [alice, bob], 120)
    window = open_window(server, alice, f"/chat/{conversation}")
    page = window.page
    expect(row(window, "line 120")).to_be_in_viewport()
    window.log.focus()
    page.keyboard.press("Enter")
    expect(row(window, "line 120")).to_be_focused()
    for _ in range(40):
        page.keyboard.press("ArrowUp")
    expect(row(window, "line 80")).to_be_focused()
    expect(row(window, "line 80")).to_be_in_viewport(ratio=1)
    page.keyboard.press("ArrowDown")
    expect(row(window, "line 81")).to_be_focused()
    page.keyboard.press("Enter")
    menu = page.get_by_role("menuitem")
    expect(menu.first).to_be_focused()
    for key, index in (("ArrowUp", -1), ("Home", 0), ("End", -1), ("ArrowDown", 0)):
        page.keyboard.press(key)
        expect(menu.last if index else menu.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(row(window, "line 81")).to_be_focused()
    page.keyboard.press("Tab")
    expect(row(window, "line 81").get_by_role("button", name="More")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("End")
    expect(row(window, "line 120")).to_be_in_viewport()
    assert focused_text(page).startswith("line 120")


@pytest.mark.parametrize("look", LOOKS)
def test_axe_with_the_menu_open(
    server: Server, cast: Cast, open_window: Open, connect: Connect, look: dict[str, object]
) -> None:
    alice, bob = cast.alice, cast.bob
    group = make_group(alice, bob, cast.charlie)
    his = connect(bob)
    send_many(his, group, 3)
    window = open_window(server, alice, f"/chat/{group}", **look)
    window.send("an answer")
    window.expect_all_sent(1)
    his.request("read_mark", {"conversation_id": group, "seq": alice.messages(group)[-1]["seq"]})
    expect(window.log.locator(".receipt")).to_be_visible()
    window.log.focus()
    window.page.keyboard.press("Enter")
    window.page.keyboard.press("Enter")
    expect(window.page.get_by_role("menu")).to_be_visible()
    check_page(window)
    window.page.get_by_role("menuitem", name="Seen by").click()
    expect(window.page.get_by_role("dialog", name="Seen by")).to_be_visible()
    check_page(window)
    window.page.keyboard.press("Escape")
    window.page.get_by_role("button", name="Go to date").click()
    expect(window.page.get_by_role("dialog", name="Go to date")).to_be_visible()
    check_page(window)


def test_a_long_press_on_a_phone(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    fill_conversation(server.database, conversation, [alice, bob], 29)
    window = open_window(server, alice, f"/chat/{conversation}", **PHONE)
    page, menu = window.page, window.page.get_by_role("menu")
    window.expect_connected()
    message = row(window, "line 28")
    expect(message).to_be_in_viewport()
    box = message.locator(".bubble").bounding_box()
    assert box
    long_press(page, box["x"] + 20, box["y"] + 10)
    items = page.get_by_role("menuitem")
    heights = [item.bounding_box()["height"] for item in items.all()]  # type: ignore[index]
    assert min(heights) >= 44
    page.evaluate("Promise.all(document.getAnimations().map(animation => animation.finished))")
    sheet = menu.bounding_box()
    assert sheet
    assert (sheet["x"], sheet["width"], round(sheet["y"] + sheet["height"])) == (0, 375, 667)
    page.touchscreen.tap(190, 200)
    expect(menu).to_have_count(0)
    long_press(page, box["x"] + 20, box["y"] + 10)
    page.get_by_role("menuitem", name="Mark unread from here").tap()
    expect(menu).to_have_count(0)
    expect(window.log.get_by_text("New messages", exact=True)).to_be_visible()
    page.mouse.move(0, 0)
    wire = page.context.new_cdp_session(page)
    wire.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 100, "y": 300}]})
    for y in (320, 340, 400, 460):  # a finger that scrolls is no long press
        wire.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": 100, "y": y}]})
    page.wait_for_timeout(600)
    expect(menu).to_have_count(0)


def test_lines_about_the_group_are_quiet_and_no_news(server: Server, cast: Cast, open_window: Open) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    group = make_group(alice, bob, title=None)
    window = open_window(server, alice, f"/chat/{group}")
    window.expect_live()
    window.page.evaluate(LISTEN)
    window.page.evaluate("document.hasFocus = () => false")
    assert rename(bob, group, "Lunch").status_code == 200
    assert add(bob, group, charlie).status_code in (200, 201)
    line = window.log.locator(".message-system").filter(has_text="named the group Lunch")
    expect(line).to_be_visible()
    expect(window.log.locator(".message-system").filter(has_text="added")).to_be_visible()
    spoken = eventually(lambda: [text for text in window.page.evaluate("window.spoken") if "Lunch" in text])
    assert spoken == [f"{bob.me['display_name']} named the group Lunch"]
    expect(window.log.get_by_text("New messages", exact=True)).to_have_count(0)
    expect(window.page).to_have_title("Lunch - Chat")
    line.hover()
    expect(line.get_by_role("time")).to_have_css("opacity", "1")
    middle = "node => { const box = node.getBoundingClientRect(); return box.left + box.width / 2; }"
    text = line.locator(".message-text")
    assert abs(text.evaluate(middle) - window.page.locator("[data-part=rows]").evaluate(middle)) < 2


def test_the_name_of_somebody_who_is_gone_comes_later(
    server: Server, alice: Person, bob: Person, open_window: Open, connect: Connect
) -> None:
    group = make_group(alice, bob)
    connect(bob).send(group, "good bye")
    assert leave(bob, group).status_code == 200
    window = open_window(server)
    asked: list[Route] = []
    window.page.add_init_script(KNOW_NOBODY)
    window.page.route("**/api/users?ids=*", lambda route: asked.append(route))
    window.become(alice)
    window.open(f"/chat/{group}")
    author = window.log.locator(".message-author")
    expect(window.log.get_by_text("good bye", exact=True)).to_be_visible()
    expect(author).to_have_text("")
    top = window.log.get_by_role("article").evaluate(TOP)
    window.expect_live()
    window.until(lambda: asked)
    assert asked[0].request.url.endswith(f"ids={bob.id}")
    asked[0].continue_()
    expect(author).to_have_text(bob.me["display_name"])
    assert window.log.get_by_role("article").evaluate(TOP) == top


def test_who_is_added_from_now_on_is_told_where_it_begins(
    server: Server, cast: Cast, open_window: Open, connect: Connect
) -> None:
    group = make_group(cast.alice, cast.bob)
    send_many(connect(cast.bob), group, 3, "before")
    assert add(cast.alice, group, cast.charlie, history="from_now").status_code in (200, 201)
    connect(cast.bob).send(group, "after")
    window = open_window(server, cast.charlie, f"/chat/{group}/2")
    expect(window.page.get_by_text("That message is not here.")).to_be_visible()
    expect(window.log.get_by_text("What was written before you were added is not shown.")).to_be_visible()
    window.expect_messages(["after"])
