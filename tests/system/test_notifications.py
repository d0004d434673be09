"""A new message is told once, in the right way: in the page, by the system, by a sound, or not at all."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.details import Details
from tests.support.notices import Scene
from tests.support.people import Cast, Person
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually
from tests.system.test_accessibility import LOOKS, check_page
from tests.system.test_groups_list import make_group, set_own

Open = Callable[..., Window]
Connect = Callable[..., Socket]

# A card goes by itself after 6 s; a page that is put forward as far as this has not missed a ping.
LESS_THAN_A_CARD, LONGER_THAN_A_CARD = 5_000, 7_000
EVERYDAY = [
    look
    if look.id in ("light-1280", "dark-375")
    else pytest.param(*look.values, id=look.id, marks=pytest.mark.thorough)
    for look in LOOKS
]


@pytest.fixture
def scene(server: Server, cast: Cast, open_window: Open, connect: Connect) -> Callable[..., Scene]:
    return lambda **options: Scene(server, cast, open_window, connect, **options)


def test_a_card_tells_what_another_conversation_says(scene: Callable[..., Scene]) -> None:
    at = scene(has_clock=True)
    page, cards = at.page, at.notices.cards()
    at.his.send(at.with_bob, "what stands before her eyes")
    at.window.message("what stands before her eyes").wait_for()
    at.theirs.send(at.with_charlie, "one")
    expect(cards).to_contain_text(["one"])
    at.theirs.send(at.with_charlie, "two\nlines")
    expect(cards).to_contain_text([re.compile(f"{at.charlie.me['display_name']}.*2 new.*two lines")])
    expect(page.locator("[aria-live=polite]").last).to_contain_text("two lines")
    # It stays while somebody is at it, and is reached by keyboard.
    cards.focus()
    page.clock.fast_forward(LONGER_THAN_A_CARD)
    expect(cards).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/chat/{at.with_charlie}")
    at.window.expect_messages(["one", "two\nlines"])
    expect(cards).to_have_count(0, timeout=LESS_THAN_A_CARD)
    at.his.send(at.with_bob, "read on her phone")
    expect(cards).to_have_count(1)
    assert at.notices.calls() == []
    assert at.notices.sounds() == 0


@pytest.mark.thorough
def test_a_card_goes_by_itself_or_when_it_is_read_or_muted_elsewhere(
    scene: Callable[..., Scene], connect: Connect
) -> None:
    at = scene(has_clock=True)
    phone, cards = connect(at.alice), at.notices.cards()
    seq = at.theirs.send(at.with_charlie, "one")["seq"]
    cards.focus()  # it would stay
    phone.request("read_mark", {"conversation_id": at.with_charlie, "seq": seq})
    expect(cards).to_have_count(0)
    at.theirs.send(at.with_charlie, "two")
    cards.focus()
    set_own(at.alice, at.with_charlie, notify="nothing")
    expect(cards).to_have_count(0)
    at.theirs.send(at.with_charlie, "three")
    at.until_known("three")
    set_own(at.alice, at.with_charlie, notify="all")
    expect(at.page).to_have_title(re.compile(r"^\(2\) "))  # it knows that this one counts again
    at.theirs.send(at.with_charlie, "four")
    expect(cards).to_contain_text(["four"])
    at.page.get_by_role("button", name="Dismiss").last.click()
    expect(cards).to_have_count(0, timeout=LESS_THAN_A_CARD)
    at.theirs.send(at.with_charlie, "five")
    expect(cards).to_have_count(1)
    at.page.mouse.move(0, 0)
    at.page.clock.fast_forward(LONGER_THAN_A_CARD)
    expect(cards).to_have_count(0, timeout=LESS_THAN_A_CARD)


def test_out_of_sight_the_system_tells_it_once_for_all_tabs_and_a_click_leads_there(
    scene: Callable[..., Scene], connect: Connect
) -> None:
    at = scene()
    second = at.new_tab()
    at.page.bring_to_front()
    at.page.get_by_role("textbox", name="Message", exact=True).click()  # a page that was used may sound
    phone = connect(at.alice)
    at.notices.put_out_of_sight(at.page, second)
    at.theirs.send(at.with_charlie, "one")
    at.notices.expect_shown(1)
    at.until_known("one", second)
    at.theirs.send(at.with_charlie, "two")
    last = at.his.send(at.with_bob, "three")["seq"]
    at.notices.expect_shown(2)
    for page in (at.page, second):
        at.until_known("three", page)
    calls = eventually(lambda: len(found := at.notices.calls()) == 3 and found)
    told = sorted((call["title"], call["body"]) for call in calls)
    charlie, bob = at.charlie.me["display_name"], at.bob.me["display_name"]
    assert told == sorted([(charlie, "one"), (charlie, "2 new messages\ntwo"), (bob, "three")])
    assert {call["tag"] for call in calls} == {f"conversation-{at.with_bob}", f"conversation-{at.with_charlie}"}
    eventually(lambda: at.notices.sounds() == 3)
    # Read on the phone: withdrawn.
    phone.request("read_mark", {"conversation_id": at.with_bob, "seq": last})
    at.notices.expect_shown(1)
    at.notices.click(f"conversation-{at.with_charlie}")
    there = re.compile(rf"/chat/{at.with_charlie}/2$")
    [opened] = eventually(lambda: [page for page in (at.page, second) if there.search(page.evaluate("location.href"))])
    at.window.expect_messages(["one", "two"], opened)
    at.notices.expect_shown(0)
    assert at.notices.count("window.asked") == 0


@pytest.mark.thorough
def test_a_tab_in_sight_speaks_for_those_that_are_not(scene: Callable[..., Scene]) -> None:
    at = scene()
    second = at.new_tab()
    at.notices.put_out_of_sight(at.page)
    second.bring_to_front()
    at.theirs.send(at.with_charlie, "one")
    expect(at.notices.cards(second)).to_have_count(1)
    at.until_known("one")
    at.his.send(at.with_bob, "read in the second")
    at.window.message("read in the second", second).wait_for()
    at.until_known("read in the second")
    expect(at.notices.cards()).to_have_count(0)
    assert at.notices.calls() == []
    assert at.notices.sounds() == 0


def test_levels_and_quiet_hours(scene: Callable[..., Scene], cast: Cast, connect: Connect) -> None:
    at = scene()
    group = make_group(at.alice, at.bob, at.charlie, title="Lunch")
    set_own(at.alice, group, notify="mentions")
    at.notices.put_out_of_sight(at.page)
    name = at.alice.username
    for text in (f"mail {name}@{name}.org", f"x@{name}", f"@{name}x is somebody else", f"@{name}@elsewhere"):
        at.his.send(group, text)
    at.his.send(group, f"and you, (@{name.upper()})?")
    at.notices.expect_shown(1)
    expect(at.page).to_have_title(re.compile(r"^\(5\) "))
    [call] = at.notices.calls()
    assert call["title"] == "Lunch"
    assert call["body"] == f"5 new messages\n{at.bob.me['display_name']}: and you, (@{name.upper()})?"
    at.notices.put_out_of_sight(at.page, back=True)
    at.page.get_by_role("link", name="Lunch", exact=True).click()
    expect(at.window.log.locator("mark")).to_have_text([f"@{name.upper()}"])
    Details(at.window).open().level.select_option("Nothing")
    at.until_told("conversation_changed", conversation={"id": group, "notify": "nothing", "shelf": None})
    at.notices.put_out_of_sight(at.page)
    at.his.send(group, f"@{name}?")
    at.until_known(f"@{name}?")
    # All day and all night, where she is.
    zone = at.alice.json("/api/account")["time_zone"]
    assert zone == "Europe/Berlin"
    quiet = {"quiet_from": "00:00", "quiet_until": "23:59", "time_zone": "Pacific/Kiritimati"}
    assert at.alice.call("PATCH", "/api/account", quiet).status_code == 200
    at.until_told("account_changed", **quiet)
    at.theirs.send(at.with_charlie, "at night")
    expect(at.page).to_have_title(re.compile(r"^\(1\) "))
    awake = {"quiet_from": None, "quiet_until": None}
    assert at.alice.call("PATCH", "/api/account", awake).status_code == 200
    at.until_told("account_changed", **awake)
    at.theirs.send(at.with_charlie, "in the morning")
    at.notices.expect_shown(1)  # what was read is withdrawn
    assert [one["body"] for one in at.notices.shown()] == ["2 new messages\nin the morning"]
    # By now it is decided, too, that of what came at night nothing is told.
    assert [call["body"] for call in at.notices.calls()[1:]] == ["2 new messages\nin the morning"]


@pytest.mark.thorough
def test_quiet_hours_go_by_the_clock_on_the_wall(server: Server, open_window: Open) -> None:
    window = open_window(server)
    window.open("/login")
    cases = [
        # Berlin leaves out 02:00 to 03:00 on 29 March 2026, and has 02:00 to 03:00 twice on 25 October.
        ("22:00", "07:00", "Europe/Berlin", "2026-03-28T21:30:00Z", True),
        ("22:00", "07:00", "Europe/Berlin", "2026-03-28T20:30:00Z", False),
        ("22:00", "07:00", "Europe/Berlin", "2026-03-29T04:59:00Z", True),
        ("22:00", "07:00", "Europe/Berlin", "2026-03-29T05:00:00Z", False),
        ("02:30", "03:30", "Europe/Berlin", "2026-03-29T00:59:00Z", False),
        ("02:30", "03:30", "Europe/Berlin", "2026-03-29T01:00:00Z", True),
        ("02:30", "02:45", "Europe/Berlin", "2026-10-25T00:35:00Z", True),
        ("02:30", "02:45", "Europe/Berlin", "2026-10-25T01:35:00Z", True),
        ("02:30", "02:45", "Europe/Berlin", "2026-10-25T02:35:00Z", False),
        ("09:00", "17:00", "Asia/Kathmandu", "2026-06-01T03:15:00Z", True),
        ("09:00", "17:00", "Asia/Kathmandu", "2026-06-01T11:15:00Z", False),
        ("09:00", "17:00", None, "2026-06-01T07:00:00Z", True),  # the browser's, which is Berlin
        ("09:00", "17:00", "No/Where", "2026-06-01T06:59:00Z", False),
        (None, None, "Europe/Berlin", "2026-06-01T06:59:00Z", False),
    ]
    source = window.page.locator("script[src$='main.js']").get_attribute("src")
    assert source
    told = window.page.evaluate(
        """async ([module, cases]) => {
          const { isQuiet } = await import(module);
          return cases.map(([quiet_from, quiet_until, time_zone, now]) =>
            isQuiet({ quiet_from, quiet_until, time_zone }, new Date(now)));
        }""",
        [source.replace("main.js", "on_demand/quiet_hours.js"), [list(case) for case in cases]],
    )
    assert told == [case[-1] for case in cases]


@pytest.mark.parametrize("look", EVERYDAY)
def test_axe_and_the_way_to_turn_them_on(scene: Callable[..., Scene], look: dict[str, Any]) -> None:
    """Never asked on load; on a click, with a reason; off again on the account page, where the sound is, too."""
    at = scene(allowed=False, **look)
    page = at.page
    at.theirs.send(at.with_charlie, "for the card")
    expect(at.notices.cards()).to_have_count(1)
    at.notices.cards().focus()  # it stays
    check_page(at.window)
    at.window.open("/chat")
    you = page.get_by_role("complementary", name="You")
    offer = you.get_by_role("button", name="Turn on notifications")
    expect(offer).to_be_visible()
    check_page(at.window)
    assert at.notices.count("window.asked") == 0
    at.window.context.grant_permissions(["notifications"], origin=at.window.url)  # as if allowed in what comes up
    page.evaluate("() => { Object.defineProperty(Notification, 'permission', { get: () => 'granted' }); }")
    offer.click()
    expect(page.get_by_role("status").filter(has_text="could not be registered")).to_be_visible()
    expect(offer).to_be_hidden()
    assert at.notices.count("window.asked") == 1
    sound = you.get_by_role("button", name="Sound")
    expect(sound).to_have_attribute("aria-pressed", "true")
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "false")
    at.window.open("/account")
    here = page.get_by_role("region", name="This browser")
    switch = here.get_by_role("switch", name="Notifications")
    expect(switch).to_be_checked()
    expect(here).to_contain_text("could not be registered")
    expect(here.get_by_role("button", name="Sound")).to_have_attribute("aria-pressed", "false")
    here.get_by_role("button", name="Send a test notification").click()
    expect(here.get_by_role("status")).to_have_text("Shown.")
    assert [one["tag"] for one in at.notices.shown()] == ["test"]
    check_page(at.window)
    switch.uncheck()
    expect(here).to_contain_text("Off.")
    expect(here.get_by_role("button", name="Send a test notification")).to_be_hidden()


@pytest.mark.thorough
def test_without_a_secure_connection_it_says_why(server: Server, alice: Person, open_window: Open) -> None:
    window = open_window(server, alice, "/account", url=f"http://chat.test:{server.port}")
    here = window.page.get_by_role("region", name="This browser")
    expect(here).to_contain_text("https")
    expect(here.get_by_role("switch", name="Notifications")).to_be_disabled()


@pytest.mark.thorough
def test_what_was_missed_is_told_in_one_card(
    server: Server, cast: Cast, open_window: Open, connect: Connect, proxy_to: Callable[[Server], Proxy]
) -> None:
    wire = proxy_to(server)
    at = Scene(server, cast, open_window, connect, url=wire.url, network_may_fail=True, allowed=False)
    wire.cut()
    at.window.expect_connection("Offline")
    for text in ("one", "two", "three"):
        at.theirs.send(at.with_charlie, text)
    at.his.send(at.with_bob, "in the open one")
    wire.restore()
    expect(at.notices.cards()).to_have_count(1, timeout=20_000)
    expect(at.notices.cards()).to_contain_text("3 new")
    expect(at.notices.cards()).to_contain_text("three")
