"""axe finds nothing: every page, light and dark, wide and on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.demo import send_many
from tests.support.people import Cast, Person
from tests.support.pictures import plain
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.sockets import Socket

Open = Callable[..., Window]


def _look(scheme: str, width: int, *marks: pytest.MarkDecorator) -> Any:
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    return pytest.param(options, id=f"{scheme}-{width}", marks=marks)


# Each theme and each width once; the other two looks are made of the same parts.
TWO_LOOKS = [_look("light", 1280), _look("dark", 375)]
LOOKS = [*TWO_LOOKS, _look("light", 375, pytest.mark.thorough), _look("dark", 1280, pytest.mark.thorough)]


def check_page(window: Window) -> None:
    # Colours on their way from one to another have no contrast worth measuring.
    window.page.wait_for_load_state("networkidle")
    window.page.evaluate(
        "() => Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => 0)))"
    )
    results = Axe().run(window.page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("look", TWO_LOOKS)
def test_forms(server: Server, open_window: Open, cast: Cast, look: dict[str, object]) -> None:
    window = open_window(server, **look)
    for path in ("/login", "/signup"):
        window.open(path)
        check_page(window)
    window.page.get_by_role("textbox", name="Username").fill("x")
    window.page.get_by_label("Password", exact=True).fill("short")
    window.page.get_by_label("Repeat password").fill("shorter")
    window.network_may_fail = True  # the refusal is a 422, which Chromium logs as an error
    window.page.get_by_role("button", name="Sign up").click()
    expect(window.page.get_by_text("The two passwords differ.")).to_be_visible()
    check_page(window)


@pytest.mark.parametrize("look", LOOKS)
def test_the_empty_chat(server: Server, alice: Person, bob: Person, open_window: Open, look: dict[str, object]) -> None:
    window = open_window(server, alice, **look)
    window.expect_live()
    check_page(window)
    window.open(f"/chat/with/{bob.username}")
    expect(window.box).to_be_visible()
    check_page(window)


# The other two looks of it take long, and are made of the same parts.
SETTINGS_LOOKS = [pytest.param(*look.values, id=look.id, marks=pytest.mark.thorough) for look in LOOKS[1:3]]


@pytest.mark.parametrize("look", [*TWO_LOOKS, *SETTINGS_LOOKS])
def test_the_settings(server: Server, alice: Person, cast: Cast, open_window: Open, look: dict[str, object]) -> None:
    cast.keep(alice.elsewhere())
    window = open_window(server, alice, "/account", **look)
    page = window.page
    page.get_by_role("checkbox", name="Quiet hours").check()
    page.get_by_label("From").fill("")
    window.network_may_fail = True  # the refusal is a 422, which Chromium logs as an error
    page.get_by_role("button", name="Save notifications").click()
    expect(page.get_by_text("Choose a time, such as 22:00.")).to_be_visible()
    page.get_by_role("button", name="Save privacy").click()
    expect(page.get_by_text("Saved. Read receipts are on.")).to_be_visible()
    check_page(window)
    page.get_by_label("Choose a picture").set_input_files({"name": "a", "mimeType": "image/png", "buffer": plain()})
    expect(page.get_by_role("dialog", name="Crop your picture")).to_be_visible()
    check_page(window)


@pytest.mark.parametrize("look", LOOKS)
def test_the_busy_chat(
    server: Server,
    alice: Person,
    bob: Person,
    charlie: Person,
    conversation: int,
    open_window: Open,
    connect: Callable[..., Socket],
    proxy_to: Callable[[Server], Proxy],
    look: dict[str, object],
) -> None:
    his, hers = connect(bob), connect(alice)
    connect(charlie).send(charlie.talk_to(alice), "unread words")
    for number in range(3):
        send_many(his, conversation, 3, f"his {number}")
        send_many(hers, conversation, 3, f"hers {number}")
    his.send(conversation, "see https://example.org\nسلام\n" + "long " * 400)
    wire = proxy_to(server)
    window = open_window(server, alice, f"/chat/{conversation}", url=wire.url, network_may_fail=True, **look)
    expect(window.log.get_by_role("article")).to_have_count(19)
    check_page(window)
    wire.cut()
    expect(window.page.get_by_role("status").filter(has_text="Offline since")).to_be_visible()
    window.send("waiting")
    expect(window.log.get_by_text("waiting", exact=True)).to_be_visible()
    check_page(window)


@pytest.mark.parametrize("look", TWO_LOOKS)
def test_the_error_page(server: Server, alice: Person, open_window: Open, look: dict[str, object]) -> None:
    window = open_window(server, alice, network_may_fail=True, **look)
    window.open("/chat/999999999")
    expect(window.page.get_by_role("heading").first).to_be_visible()
    check_page(window)
