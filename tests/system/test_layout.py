"""A phone, a keyboard: the chat is the same chat."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.demo import fill_conversation
from tests.support.people import Cast, Person
from tests.support.server import Server

Open = Callable[..., Window]

PHONE = {"viewport": {"width": 375, "height": 667}, "has_touch": True, "is_mobile": True}
WIDER_THAN_THE_WINDOW = "() => document.documentElement.scrollWidth > innerWidth"


@pytest.mark.parametrize("path", ["/login", "/signup"])
def test_forms_fit_a_phone(server: Server, open_window: Open, path: str) -> None:
    window = open_window(server, **PHONE)
    window.open(path)
    assert window.page.evaluate(WIDER_THAN_THE_WINDOW) is False


def test_a_phone_shows_the_list_or_the_conversation(
    own_server: Server, make_cast: Callable[[Server], Cast], open_window: Open
) -> None:
    cast = make_cast(own_server)
    alice, bob = cast.alice, cast.bob
    conversation = alice.talk_to(bob)
    fill_conversation(own_server.database, conversation, [alice, bob], 60)
    window = open_window(own_server, alice, **PHONE)
    window.expect_live()
    expect(window.box).to_be_hidden()
    window.person_link(bob).tap()
    expect(window.box).to_be_visible()
    expect(window.page.get_by_role("navigation", name="People")).to_be_hidden()
    expect(window.box).to_be_in_viewport(ratio=1)
    expect(window.page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport(ratio=1)
    assert window.page.evaluate(WIDER_THAN_THE_WINDOW) is False
    window.send("from the phone")
    expect(window.message("from the phone").get_by_label("Sent", exact=True)).to_be_attached()
    expect(window.log.get_by_text("from the phone", exact=True)).to_be_in_viewport()
    window.page.go_back()
    expect(window.page.get_by_role("navigation", name="People")).to_be_visible()
    expect(window.box).to_be_hidden()


@pytest.mark.parametrize("where", ["/login", "/chat", "conversation"])
def test_what_is_touched_is_large_enough(
    server: Server, alice: Person, conversation: int, open_window: Open, where: str
) -> None:
    window = open_window(server, None if where == "/login" else alice, **PHONE)
    window.open(f"/chat/{conversation}" if where == "conversation" else where)
    small = window.page.evaluate(
        """() => [...document.querySelectorAll('button, a[href], input:not([type=hidden]), textarea, select')]
            .filter(node => node.checkVisibility({visibilityProperty: true, opacityProperty: true}))
            .filter(node => !node.closest('p, .skip-link') && !node.matches('.skip-link'))
            .map(node => [node.outerHTML.slice(0, 90), node.getBoundingClientRect()])
            .filter(([, box]) => box.width > 1 && (box.width < 44 || box.height < 44))
            .map(([html, box]) => `${html} ${box.width} x ${box.height}`)"""
    )
    assert small == []


def test_long_words_do_not_widen_the_page(server: Server, alice: Person, conversation: int, open_window: Open) -> None:
    window = open_window(server, alice, f"/chat/{conversation}", **PHONE)
    for text in ("x" * 2000, "https://example.org/" + "y" * 500, "\u0628" * 600):
        window.send(text)
    window.expect_all_sent(3)
    assert window.page.evaluate(WIDER_THAN_THE_WINDOW) is False
    assert window.log.evaluate("log => log.scrollWidth > log.clientWidth") is False


def test_by_keyboard_alone(own_server: Server, make_cast: Callable[[Server], Cast], open_window: Open) -> None:
    cast = make_cast(own_server)
    ann, bob = cast.stranger("ann"), cast.bob
    window = open_window(own_server)
    page = window.page
    window.open("/signup")
    expect(page.get_by_role("textbox", name="Username")).to_be_focused()
    page.keyboard.type(ann.username)
    tab_to(window, page.get_by_label("Password", exact=True))
    page.keyboard.type(ann.password)
    tab_to(window, page.get_by_label("Repeat password"))
    page.keyboard.type(ann.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat")
    window.expect_live()
    link = page.get_by_role("navigation", name="People").get_by_role("link", name=bob.username)
    expect(link).to_be_visible()
    tab_to(window, link)
    page.keyboard.press("Enter")
    expect(window.box).to_be_focused()
    page.keyboard.type("typed without a mouse")
    page.keyboard.press("Enter")
    window.expect_all_sent(1)
    expect(window.box).to_be_focused()
    tab_to(window, page.get_by_role("button", name="Log out"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/login")


def tab_to(window: Window, target, key: str = "Tab") -> None:  # type: ignore[no-untyped-def]
    """Presses Tab (or Shift+Tab) until `target` has the focus; every stop on the way shows that it has it."""
    for _ in range(60):
        window.page.keyboard.press(key)
        assert window.page.evaluate(
            """() => {
                const style = getComputedStyle(document.activeElement);
                return document.activeElement === document.body
                    || style.outlineStyle !== 'none' || style.boxShadow !== 'none';
            }"""
        ), window.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        if target.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError("Tab does not lead there")


def test_the_skip_link_leads_to_the_message_box(
    server: Server, alice: Person, conversation: int, open_window: Open
) -> None:
    window = open_window(server, alice, f"/chat/{conversation}", viewport={"width": 1280, "height": 800})
    window.page.evaluate("document.activeElement.blur()")
    window.page.get_by_role("link", name="Skip to the message box").focus()
    window.page.evaluate("window.isTheSamePage = true")
    window.page.keyboard.press("Enter")
    expect(window.box).to_be_focused()
    window.page.wait_for_load_state("load")
    assert window.page.evaluate("window.isTheSamePage") is True
