"""Names as long as they may be, and windows with little room: nothing is cut off that somebody has to reach."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.support.browser import Window
from tests.support.details import Details
from tests.support.groups import make_group
from tests.support.new_group import Navigation, NewGroup
from tests.support.people import Person
from tests.support.server import Server
from tests.support.sockets import Socket

Open = Callable[..., Window]
Connect = Callable[[Person], Socket]

SIZES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 375, "height": 667}, "has_touch": True, "is_mobile": True},
    "desktop": {"viewport": {"width": 1280, "height": 800}},
}
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff Maximiliana Konstantinopolou"
LONG_TITLE = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


@pytest.fixture(params=["phone", pytest.param("desktop", marks=pytest.mark.thorough)])
def size(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SIZES[request.param]


@pytest.fixture
def longest(bob: Person) -> Iterator[Person]:
    """Bob, by a name that is as long as it may be."""
    assert bob.post_form("/account/profile", bob.token, display_name=LONG_NAME).status_code == 303
    renamed = bob.elsewhere()
    assert renamed.me["display_name"] == LONG_NAME
    yield renamed
    renamed.close()


def expect_all_within(box: Locator, what: str = "button, h2, p, input, textarea, [role=option]") -> None:
    """Nothing in the box sticks out of it at either side, nor the box out of the window."""
    expect(box).to_be_visible()
    outside = box.evaluate(
        """(box, what) => {
            const { left, right } = box.getBoundingClientRect();
            const within = [box, ...box.querySelectorAll(what)].filter((node) => node.checkVisibility());
            const isOut = (rect) => rect.left < Math.max(0, left) - 1 || rect.right > Math.min(innerWidth, right) + 1;
            const out = within.filter((node) => isOut(node.getBoundingClientRect()));
            return [...(box.scrollLeft ? ['scrolled'] : []), ...out.map((node) => node.outerHTML.slice(0, 80))];
        }""",
        what,
    )
    assert outside == []


def test_dialogs_hold_what_is_in_them(
    server: Server, alice: Person, longest: Person, open_window: Open, size: dict[str, Any]
) -> None:
    group = make_group(alice, longest, title=LONG_TITLE)
    window = open_window(server, alice, **size)
    dialog = NewGroup(window).open()
    dialog.box.fill(longest.username)
    dialog.option(longest).click()
    expect_all_within(dialog.root)
    window.open(f"/chat/{group}")
    panel = Details(window).open()
    panel.button("Leave group").click()
    expect_all_within(panel.dialog)
    panel.dialog.get_by_role("button", name="Cancel").click()
    panel.choose(longest, "Remove from group")
    expect_all_within(panel.dialog)


def test_a_card_of_news_can_be_closed(
    server: Server,
    alice: Person,
    longest: Person,
    charlie: Person,
    open_window: Open,
    connect: Connect,
    size: dict[str, Any],
) -> None:
    group = make_group(alice, longest, title=LONG_TITLE)
    window = open_window(server, alice, f"/chat/{alice.talk_to(charlie)}", **size)
    window.expect_connected()
    connect(longest).send(group, "is the ferry still at nine?")
    news = window.page.get_by_role("complementary", name="New messages")
    expect_all_within(news, "a, button")
    news.get_by_role("button", name="Dismiss").click()
    expect(news.get_by_role("link")).to_have_count(0)


def test_the_box_is_one_line_until_something_is_written(
    server: Server, alice: Person, longest: Person, open_window: Open, size: dict[str, Any]
) -> None:
    window = open_window(server, alice, f"/chat/{make_group(alice, longest, title=LONG_TITLE)}", **size)
    empty = window.box.evaluate("(box) => box.offsetHeight")
    window.box.fill("a")
    assert window.box.evaluate("(box) => box.offsetHeight") == empty
    assert window.log.evaluate("(log) => log.scrollWidth > log.clientWidth") is False


@pytest.mark.parametrize("room", [(640, 400), (375, 420), (740, 375)], ids=lambda room: f"{room[0]} x {room[1]}")
def test_the_list_is_there_however_little_room_there_is(
    server: Server, alice: Person, bob: Person, open_window: Open, connect: Connect, room: tuple[int, int]
) -> None:
    connect(bob).send(bob.talk_to(alice), "hello")
    window = open_window(server, alice, viewport={"width": room[0], "height": room[1]})
    window.expect_live()
    row = Navigation(window).link(bob.me["display_name"])
    expect(row).to_be_in_viewport(ratio=1)
    expect(window.page.get_by_role("button", name="Log out")).to_be_in_viewport(ratio=1)
    row.click()  # nothing lies over it
    expect(window.message("hello")).to_be_visible()


def test_files_lines_and_a_keyboard_leave_room_to_send(
    server: Server, alice: Person, conversation: int, open_window: Open
) -> None:
    window = open_window(server, alice, f"/chat/{conversation}", viewport={"width": 375, "height": 310})
    window.box.fill("\n".join(f"line {number}" for number in range(11)))
    expect(window.page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport(ratio=1)
