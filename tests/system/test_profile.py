"""A name and a picture that change are seen everywhere at once, and by who was away; settings are saved with and
without scripts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Window
from tests.support.client_state import ClientState
from tests.support.details import Details, conversation_link, expect_line
from tests.support.fresh_state import check_same
from tests.support.groups import make_group
from tests.support.people import Cast, Person, fresh_name
from tests.support.pictures import BLUE, GREEN, RED, as_shown, encoded, halves, is_near, plain
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.system.test_offline import BACK_WITHIN

Open = Callable[..., Window]
OpenByWire = Callable[[Person, str], tuple[Window, Proxy]]
Connect = Callable[..., Socket]

HAS_UNSAVED = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"
WIDE = encoded(halves(RED, BLUE).resize((600, 200)))
# As a browser tells of a picture that was copied, or dragged onto an element.
HAND_OVER = """async ([kind, url, selector]) => {
  const blob = await (await fetch(url)).blob();
  const data = new DataTransfer();
  data.items.add(new File([blob], 'x.png', { type: 'image/png' }));
  const options = { bubbles: true, cancelable: true };
  const event = kind === 'paste'
    ? new ClipboardEvent('paste', { ...options, clipboardData: data })
    : new DragEvent('drop', { ...options, dataTransfer: data });
  document.querySelector(selector).dispatchEvent(event);
}"""


def rename(person: Person, name: str) -> None:
    assert person.post_form("/account/profile", person.token, display_name=name).status_code == 303


def set_picture(person: Person, data: bytes) -> str:
    """Its address."""
    files = {"picture": ("me.png", data)}
    answer = person.http.post(
        f"{person.url}/account/avatar", data={"csrf_token": person.token}, files=files, timeout=30
    )
    assert answer.status_code == 200
    return picture_of(person)


def picture_of(person: Person) -> str:
    url: str = person.boot()["me"]["avatar_url"]
    return url


def pixel(person: Person, right: float, down: float = 0.5) -> tuple[int, ...]:
    """A colour of somebody's picture as it is stored."""
    image = as_shown(person.get(picture_of(person)).content)
    return image.getpixel((right * 255, down * 255))  # type: ignore[no-any-return, arg-type]


def expect_picture(place: Locator, url: str) -> None:
    image = place.locator(f'img[src="{url}"]').first
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => true)")


def choose(page: Page, data: bytes, name: str = "me.png") -> Locator:
    """The dialog that cuts it."""
    page.get_by_label("Choose a picture").set_input_files({"name": name, "mimeType": "image/png", "buffer": data})
    return page.get_by_role("dialog", name="Crop your picture")


def test_a_new_name_and_picture_are_live_everywhere(
    server: Server, cast: Cast, conversation: int, open_window: Open, connect: Connect
) -> None:
    alice, bob = cast.alice, cast.bob
    group = make_group(alice, bob, title=None)
    connect(alice).send(conversation, "hello")
    connect(alice).send(group, "hello all")
    his = open_window(server, bob, f"/chat/{conversation}")
    hers = open_window(server, alice, "/chat")
    hers.expect_live()
    his.expect_live()
    details = Details(his).open()
    name = fresh_name("Ada")
    rename(alice, name)
    url = set_picture(alice, plain(RED, kind="PNG"))
    for place in (
        his.page.locator(f'.people a[href="/chat/{conversation}"]'),
        his.page.locator(".conversation-head"),
        details.root,
        his.log.locator(".history-start"),
    ):
        expect_picture(place, url)
        expect(place).to_contain_text(name)
    expect_picture(his.log.get_by_role("article"), url)
    expect(his.log.locator(".message-author")).to_have_text(name)
    expect(his.log.get_by_role("article")).to_have_attribute("aria-label", re.compile(f"^{name}, "))
    expect(his.page).to_have_title(re.compile(name))
    expect(his.box).to_have_attribute("placeholder", re.compile(name))
    you = hers.page.get_by_role("complementary", name="You")
    expect(you.get_by_text(name, exact=True)).to_be_visible()
    expect_picture(you, url)
    group_link = his.page.locator(f'.people a[href="/chat/{group}"]')
    expect(group_link.locator(".person-name")).to_have_text(name)
    group_link.click()
    expect_line(his, alice.username)  # what was said stays said
    expect_picture(details.rows.filter(has_text=name), url)
    assert alice.post_form("/account/avatar/remove", alice.token).status_code == 303
    expect(his.page.locator(f'img[src="{url}"]')).to_have_count(0)
    expect(his.page.locator(".conversation-head")).to_contain_text(name)


@pytest.mark.thorough
def test_who_was_away_hears_of_it_on_return(
    cast: Cast, conversation: int, connect: Connect, open_by_wire: OpenByWire
) -> None:
    alice, bob = cast.alice, cast.bob
    connect(alice).send(conversation, "hello")
    his, wire = open_by_wire(bob, f"/chat/{conversation}")
    wire.cut()
    his.expect_connection("Offline")
    name = fresh_name("Ada")
    rename(alice, name)
    url = set_picture(alice, plain(RED, kind="PNG"))
    wire.restore()
    expect(his.log.locator(".message-author")).to_have_text(name, timeout=BACK_WITHIN)
    expect_picture(his.page.locator(".conversation-head"), url)
    expect_picture(conversation_link(his, name), url)


@pytest.mark.thorough
def test_the_state_is_that_of_a_page_opened_now(
    own_server: Server, make_cast: Callable[[Server], Cast], open_window: Open, connect: Connect
) -> None:
    cast = make_cast(own_server)
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    conversation = alice.talk_to(bob)
    connect(alice).send(conversation, "hello")
    make_group(bob, alice, charlie, title=None)
    pages = [ClientState(one.username, one, open_window(own_server, one, "/account")).start() for one in (alice, bob)]
    for page in pages:
        page.wait_until_connected()
    for person, name in (
        (alice, "Zoe"),
        (charlie, "an Alpine fox"),
        (alice, "Charlie"),
        (bob, "Émile"),
        (alice, "B b"),
    ):
        rename(person, name)
        check_same(pages)
    set_picture(alice, plain(BLUE))
    check_same(pages)


def test_a_picture_is_cut_by_keyboard_and_pointer(server: Server, alice: Person, open_window: Open) -> None:
    window = open_window(server, alice, "/account")
    page = window.page
    dialog = choose(page, WIDE)
    view = dialog.get_by_role("group", name="Picture")
    expect(view).to_be_focused()
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    dialog.get_by_role("button", name="Save picture").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Your picture is saved.")).to_be_visible()
    expect_picture(page.locator(".picture"), picture_of(alice))
    assert is_near(pixel(alice, 0.05), BLUE)
    assert is_near(pixel(alice, 0.95), BLUE)

    choose(page, WIDE)
    box = view.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + box["width"] * 1.5, y, steps=4)
    page.mouse.up()
    dialog.get_by_role("button", name="Save picture").click()
    expect(dialog).to_have_count(0)
    assert is_near(pixel(alice, 0.95), RED), "dragged to the right, the left of it is in view"

    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Your picture is removed.")).to_be_visible()
    expect(page.locator(".picture img")).to_have_count(0)


@pytest.mark.thorough
def test_a_picture_is_zoomed_and_given_up(server: Server, alice: Person, open_window: Open) -> None:
    window = open_window(server, alice, "/account")
    page = window.page
    dialog = choose(page, WIDE)
    view = dialog.get_by_role("group", name="Picture")
    zoom = dialog.get_by_role("slider", name="Zoom")
    expect(view).to_be_focused()
    page.keyboard.press("+")
    expect(zoom).not_to_have_value("1")
    page.keyboard.press("-")
    expect(zoom).to_have_value("1")
    view.hover()
    page.mouse.wheel(0, -400)
    expect(zoom).not_to_have_value("1")
    zoom.fill("3")
    dialog.get_by_role("button", name="Reset").click()
    expect(zoom).to_have_value("1")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert picture_of(alice) is None


@pytest.mark.thorough
def test_a_picture_is_pasted_and_dropped_and_a_bad_one_refused(
    server: Server, alice: Person, bob: Person, open_window: Open
) -> None:
    window = open_window(server, alice, "/account")
    page = window.page
    url = set_picture(bob, plain(GREEN))
    dialog = page.get_by_role("dialog", name="Crop your picture")
    for kind, place in (("paste", "body"), ("drop", "#display_name")):
        page.evaluate(HAND_OVER, [kind, url, place])
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name="Save picture").click()
        expect(dialog).to_have_count(0)
        assert is_near(pixel(alice, 0.5), GREEN)
    choose(page, b"no picture at all")
    expect(page.get_by_text("This browser cannot show that file as a picture.")).to_be_visible()
    choose(page, plain(BLUE))
    window.network_may_fail = True
    window.context.set_offline(True)
    dialog.get_by_role("button", name="Save picture").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The server could not be reached")
    window.context.set_offline(False)
    dialog.get_by_role("button", name="Save picture").click()
    expect(dialog).to_have_count(0)
    assert is_near(pixel(alice, 0.5), BLUE)


def test_settings_are_saved_in_place_and_nothing_unsaved_is_lost(
    server: Server, alice: Person, open_window: Open
) -> None:
    window = open_window(server, alice, "/account")
    page = window.page
    assert page.evaluate(HAS_UNSAVED) is False
    name = page.get_by_role("textbox", name="Name", exact=True)
    name.fill("Ada")
    expect(page.locator("#profile").get_by_text("Not saved yet")).to_be_visible()
    page.get_by_role("checkbox", name="Quiet hours").check()
    zone = page.get_by_role("combobox", name="Time zone")
    expect(zone).to_have_value("Europe/Berlin")  # the browser's
    page.get_by_label("From").fill("")
    window.network_may_fail = True  # the refusal is a 422, which Chromium logs as an error
    page.get_by_role("button", name="Save notifications").click()
    expect(page.get_by_label("From")).to_be_focused()
    expect(page.get_by_text("Choose a time, such as 22:00.")).to_be_visible()
    page.get_by_label("From").fill("21:15")
    page.get_by_role("button", name="Save notifications").click()
    expect(page.get_by_text("Quiet hours are on, from 21:15 until 07:00.")).to_be_visible()
    expect(page.get_by_text("Choose a time, such as 22:00.")).to_be_hidden()
    assert page.evaluate(HAS_UNSAVED) is True, "the name"
    page.get_by_role("checkbox", name="Read receipts").uncheck()
    page.get_by_role("button", name="Save privacy").click()
    expect(page.get_by_text("Read receipts are off.")).to_be_visible()
    expect(name).to_have_value("Ada")
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_text("Your name is saved.")).to_be_visible()
    assert page.evaluate(HAS_UNSAVED) is False
    page.reload()
    expect(name).to_have_value("Ada")
    expect(page.get_by_label("From")).to_have_value("21:15")
    expect(page.get_by_role("checkbox", name="Read receipts")).not_to_be_checked()
    page.get_by_role("radio", name="Dark").check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.thorough
def test_without_scripts_it_is_all_there(server: Server, alice: Person, open_window: Open) -> None:
    window = open_window(server, alice, "/account", java_script_enabled=False)
    page = window.page
    page.get_by_label("Choose a picture").set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": WIDE})
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("Your picture is saved.")).to_be_visible()
    expect_address = re.compile(r"/account\?saved=picture#profile$")
    expect(page).to_have_url(expect_address)
    assert is_near(pixel(alice, 0.2), RED)
    assert is_near(pixel(alice, 0.8), BLUE)
    page.get_by_role("textbox", name="Name", exact=True).fill("Ada")
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_text("Your name is saved.")).to_be_visible()
    page.get_by_role("checkbox", name="Quiet hours").check()
    window.network_may_fail = True
    page.get_by_role("button", name="Save notifications").click()
    expect(page.get_by_text("Choose where you are")).to_be_visible()
    page.get_by_role("combobox", name="Time zone").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Save notifications").click()
    expect(page.get_by_text("Quiet hours are on, from 22:00 until 07:00.")).to_be_visible()
    page.get_by_role("checkbox", name="When I am here").uncheck()
    page.get_by_role("button", name="Save privacy").click()
    expect(page.get_by_text("Saved. Read receipts are on. Others see you as offline.")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Your picture is removed.")).to_be_visible()
    assert alice.json("/api/account")["time_zone"] == "Asia/Tokyo"
    assert alice.boot()["me"]["display_name"] == "Ada"


def test_ending_another_log_in_closes_its_page(server: Server, alice: Person, cast: Cast, open_window: Open) -> None:
    elsewhere = open_window(server, cast.keep(alice.elsewhere()), "/chat")
    elsewhere.expect_live()
    window = open_window(server, alice, "/chat")
    window.page.get_by_role("link", name="Settings").click()
    logins = window.page.get_by_role("region", name="Where you are logged in")
    expect(logins.get_by_role("listitem")).to_have_count(2)
    expect(logins.get_by_role("listitem").first).to_contain_text("This one")
    logins.get_by_role("button", name=re.compile("^End this one")).click()
    expect(logins.get_by_text("That log-in has ended.")).to_be_visible()
    expect(logins.get_by_role("listitem")).to_have_count(1)
    ended = elsewhere.page.get_by_role("dialog", name="You are logged out")
    expect(ended).to_contain_text("This log-in was ended from another device.")


@pytest.mark.thorough
def test_where_the_log_in_has_ended_saving_leads_to_it(
    server: Server, alice: Person, cast: Cast, open_window: Open
) -> None:
    window = open_window(server, cast.keep(alice.elsewhere()), "/account")
    assert alice.post_form("/account/logins/end-others", alice.token).status_code == 303
    window.page.get_by_role("checkbox", name="Read receipts").uncheck()
    window.network_may_fail = True
    window.page.on("dialog", lambda dialog: dialog.accept())
    window.page.get_by_role("button", name="Save privacy").click()
    window.page.wait_for_url("**/login**")
