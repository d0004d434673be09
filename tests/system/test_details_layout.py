"""The panel of details on wide and narrow pages, by keyboard, and under axe."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.details import Details
from tests.support.groups import make_group
from tests.support.people import Person
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.test_accessibility import LOOKS, check_page
from tests.system.test_layout import PHONE, WIDER_THAN_THE_WINDOW, tab_to

pytestmark = pytest.mark.thorough

Open = Callable[..., Window]


@pytest.fixture
def group(alice: Person, bob: Person, charlie: Person) -> int:
    """Alice's, with Bob and Charlie."""
    return make_group(alice, bob, charlie, title="Harbour walk")


def test_it_stays_as_it_was_left_where_there_is_room(
    server: Server, alice: Person, group: int, conversation: int, open_window: Open
) -> None:
    window = open_window(server, alice, f"/chat/{group}")
    panel = Details(window)
    expect(panel.root).to_be_hidden()
    panel.open()
    window.open(f"/chat/{conversation}")
    expect(window.page.get_by_role("complementary", name="Details")).to_be_visible()
    expect(panel.toggle).to_have_attribute("aria-expanded", "true")
    window.page.set_viewport_size({"width": 900, "height": 800})
    expect(panel.root).to_be_hidden()
    panel.open()
    expect(window.page.get_by_role("dialog", name="Details")).to_be_visible()
    window.page.mouse.click(100, 400)
    expect(panel.root).to_be_hidden()
    window.page.set_viewport_size({"width": 1280, "height": 800})
    expect(panel.root).to_be_visible()
    panel.button("Close").click()
    window.page.reload()
    expect(panel.toggle).to_have_attribute("aria-expanded", "false")


def test_on_a_phone_it_is_closed_and_opened_again_within_a_moment(
    server: Server, alice: Person, group: int, open_window: Open
) -> None:
    window = open_window(server, alice, **PHONE)
    window.page.get_by_role("navigation", name="People").get_by_role("link", name="Harbour walk").tap()
    panel = Details(window).open()
    panel.root.evaluate("""root => {
        for (let times = 0; times < 3; times += 1) {
            root.querySelector('[data-part=details-close]').click();
            document.querySelector('[data-part=details-toggle]').click();
        }
    }""")
    expect(panel.root).to_be_visible()
    eventually(lambda: window.page.evaluate("history.state.covered"))
    window.page.go_back()
    expect(panel.root).to_be_hidden()
    expect(window.box).to_be_visible()
    window.page.go_back()
    expect(window.page).to_have_url(f"{server.url}/chat")


def test_on_a_phone_it_covers_the_conversation(server: Server, alice: Person, group: int, open_window: Open) -> None:
    window = open_window(server, alice, f"/chat/{group}", **PHONE)
    panel = Details(window).open()
    expect(panel.button("Close")).to_be_focused()
    assert window.page.evaluate(WIDER_THAN_THE_WINDOW) is False
    small = panel.root.evaluate(
        """root => [...root.querySelectorAll('button, input')]
            .filter(node => node.checkVisibility())
            .map(node => [node.outerHTML.slice(0, 80), (node.closest('.choice') ?? node).getBoundingClientRect()])
            .filter(([, box]) => box.width < 44 || box.height < 44)
            .map(([html, box]) => `${html} ${box.width} x ${box.height}`)"""
    )
    assert small == []
    for _ in range(30):
        window.page.keyboard.press("Tab")
        assert window.page.evaluate("!document.activeElement.closest('.stage, .side, .banner, .skip-link')")
    panel.button("Close").tap()
    expect(panel.root).to_be_hidden()
    expect(panel.toggle).to_be_focused()


def test_on_a_phone_back_leads_to_the_conversation_and_then_to_the_list(
    server: Server, alice: Person, group: int, conversation: int, bob: Person, open_window: Open
) -> None:
    window = open_window(server, alice, **PHONE)
    people = window.page.get_by_role("navigation", name="People")
    people.get_by_role("link", name="Harbour walk").tap()
    panel = Details(window).open()
    window.page.go_back()
    expect(panel.root).to_be_hidden()
    expect(window.box).to_be_visible()
    panel.open().button("Close").tap()
    expect(panel.root).to_be_hidden()
    expect(window.box).to_be_visible()
    panel.open()
    panel.choose(bob, "Message")
    expect(window.page.get_by_role("heading", name=bob.me["display_name"], level=2)).to_be_visible()
    window.page.go_back()
    expect(window.page.get_by_role("heading", name="Harbour walk", level=2)).to_be_visible()
    expect(panel.root).to_be_hidden()
    window.page.go_back()
    expect(people).to_be_visible()


def test_by_keyboard_alone(server: Server, alice: Person, group: int, open_window: Open) -> None:
    window = open_window(server, alice, f"/chat/{group}")
    page, panel = window.page, Details(window)
    expect(window.box).to_be_visible()
    expect(window.box).to_be_focused()
    tab_to(window, panel.toggle, "Shift+Tab")  # the other way lies a long list of people
    page.keyboard.press("Enter")
    expect(panel.button("Close")).to_be_focused()
    tab_to(window, panel.button("Rename"))
    page.keyboard.press("Enter")
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="By keyboard", level=2)).to_be_visible()
    expect(panel.button("Rename")).to_be_focused()
    tab_to(window, panel.level)
    page.keyboard.press("m")
    expect(panel.level).to_have_value("mentions")
    tab_to(window, panel.button("Leave group"))
    page.keyboard.press("Enter")
    expect(panel.dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel.button("Leave group")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel.root).to_be_hidden()
    expect(panel.toggle).to_be_focused()


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(
    server: Server, alice: Person, bob: Person, group: int, open_window: Open, look: dict[str, object]
) -> None:
    window = open_window(server, alice, f"/chat/{group}", **look)
    panel = Details(window).open()
    check_page(window)
    panel.rename("")
    expect(panel.root.get_by_role("alert").filter(has_text="Type a name first.")).to_be_visible()
    check_page(window)
    window.page.keyboard.press("Escape")
    panel.menu_of(bob)
    check_page(window)
    window.page.keyboard.press("Escape")
    panel.button("Add people").click()
    expect(panel.dialog).to_be_visible()
    check_page(window)
    window.page.keyboard.press("Escape")
    window.network_may_fail = True  # a refusal is a 409
    panel.leave()
    expect(panel.dialog.get_by_role("alert")).to_contain_text("only owner")
    check_page(window)
    window.page.keyboard.press("Escape")
    panel.button("Archive").click()
    expect(window.page.get_by_role("button", name="Undo")).to_be_visible()
    check_page(window)
