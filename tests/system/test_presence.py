"""Who is here and who is writing, as two people see it of each other."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.browser import Window
from tests.support.demo import send_many
from tests.support.details import Details
from tests.support.groups import make_group
from tests.support.people import Cast, Person
from tests.support.presence import set_away, share
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.timeline import TOP, row

Open = Callable[..., Window]
OpenByWire = Callable[[Person, str], tuple[Window, Proxy]]
Connect = Callable[..., Socket]

# All that is said of somebody in the head from now on.
RECORD = """part => {
    window.said = [part.textContent];
    const note = () => window.said.push(part.textContent);
    new MutationObserver(note).observe(part, {childList: true, characterData: true, subtree: true});
}"""


def about(window: Window) -> Locator:
    """What stands below the name in the head."""
    return window.page.locator("[data-part=conversation-about]")


def described(window: Window, person: Person) -> Locator:
    """The link in the list that is named by the person's name alone."""
    return window.person_link(person)


def typing_line(window: Window) -> Locator:
    return window.page.locator("[data-part=typing]")


def typing(socket: Socket, conversation: int, on: bool = True) -> None:
    assert socket.request("typing", {"conversation_id": conversation, "on": on})["ok"]


def test_list_and_head_show_who_is_here(
    server: Server, cast: Cast, conversation: int, open_window: Open, connect: Connect
) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    for place in (conversation, alice.talk_to(charlie)):  # so that both are in the list, however many people there are
        once = connect(alice)
        once.send(place)
        once.close()
    hers = open_window(server, alice, f"/chat/{conversation}")
    expect(about(hers)).to_have_text(f"@{bob.username} · Offline")
    his = open_window(server, bob, f"/chat/{conversation}")
    his.expect_live()
    third = connect(charlie, auth={"is_away": True})
    expect(about(hers)).to_have_text(f"@{bob.username} · Online")
    expect(about(his)).to_have_text(f"@{alice.username} · Online")
    expect(described(hers, bob)).to_have_accessible_description(re.compile("^Online"))
    expect(described(hers, charlie)).to_have_accessible_description(re.compile("^Away"))
    expect(described(hers, charlie).locator(".avatar")).to_have_attribute("data-presence", "away")
    set_away(third, False)
    expect(described(hers, charlie)).to_have_accessible_description(re.compile("^Online"))
    group = make_group(alice, bob, charlie)
    hers.open(f"/chat/{group}")
    details = Details(hers).open()
    expect(details.row(charlie)).to_contain_text("Online")
    # a reload does not show
    hers.open(f"/chat/{conversation}")
    expect(about(hers)).to_have_text(f"@{bob.username} · Online")
    about(hers).evaluate(RECORD)
    for _ in range(2):
        his.page.reload()
        his.expect_live()
    share(charlie, False)
    expect(described(hers, charlie)).to_have_accessible_description(re.compile("^You: hello"))
    # the last tab closes
    his.page.close()
    expect(about(hers)).to_have_text(f"@{bob.username} · Last seen just now", timeout=20_000)
    assert hers.page.evaluate("window.said") == [
        f"@{bob.username} · Online",
        f"@{bob.username} · Last seen just now",
    ]


def test_whoever_does_nothing_for_a_while_is_away(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    his = open_window(server, path="/login")
    his.page.clock.install()
    his.become(bob)
    his.open(f"/chat/{conversation}")
    his.expect_live()
    hers = open_window(server, alice, f"/chat/{conversation}")
    expect(about(hers)).to_contain_text("Online")
    # No ping comes in a time that is only made up, so the page connects anew, and says it then.
    his.page.clock.fast_forward("05:01")
    expect(about(hers)).to_contain_text("Away", timeout=20_000)
    his.page.mouse.move(300, 300)
    expect(about(hers)).to_contain_text("Online")


@pytest.mark.thorough
def test_last_seen_grows_older(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    server.database.execute(
        'UPDATE "user" SET last_seen_at = ? WHERE id = ?', "2026-03-09 13:02:00.000000+00:00", bob.id
    )
    window = open_window(server, path="/login")
    window.page.clock.install(time="2026-03-09T13:07:10Z")
    window.become(alice)
    window.open(f"/chat/{conversation}")
    expect(about(window)).to_contain_text("Last seen 5 minutes ago")
    window.page.clock.fast_forward("01:00")
    expect(about(window)).to_contain_text("Last seen 6 minutes ago")
    for later, words in [("2026-03-09T15:00:00Z", "today at 14:02"), ("2026-03-10T09:00:00Z", "yesterday at 14:02")]:
        window.page.clock.set_fixed_time(later)
        window.page.reload()
        expect(about(window)).to_contain_text(f"Last seen {words}")


def test_typing_shows_at_once_and_ends(
    server: Server, cast: Cast, conversation: int, open_window: Open, connect: Connect
) -> None:
    alice, bob = cast.alice, cast.bob
    send_many(connect(bob), conversation, 3)
    hers = open_window(server, alice, f"/chat/{conversation}")
    his = open_window(server, bob, f"/chat/{conversation}")
    second = hers.new_tab()
    hers.open(f"/chat/{conversation}", second)
    for window in (hers, his):
        window.expect_live()
    name = bob.me["display_name"]
    last = hers.log.get_by_role("article").last
    expect(last).to_be_in_viewport()
    before = last.evaluate(TOP)
    his.box.press_sequentially("so", delay=30)
    expect(typing_line(hers)).to_have_text(f"{name} is typing…", timeout=5_000)
    his.box.press_sequentially(" it", delay=30)  # so that it goes on
    expect(described(hers, bob)).to_contain_text("Typing…")
    assert last.evaluate(TOP) == before, "it has moved what stood there"
    expect(typing_line(hers)).to_be_empty(timeout=6_000)
    # given up
    his.box.press_sequentially("x")
    expect(typing_line(hers)).not_to_be_empty()
    his.box.fill("")
    expect(typing_line(hers)).to_be_empty(timeout=2_000)
    # sent
    his.box.press_sequentially("so it is")
    expect(typing_line(hers)).not_to_be_empty()
    his.box.press("Enter")
    expect(row(hers, "so it is")).to_be_visible()
    expect(typing_line(hers)).to_be_empty(timeout=2_000)
    # one's own other tab shows nothing, and a draft that comes back is nobody's writing
    hers.box.press_sequentially("mine")
    expect(typing_line(his)).not_to_be_empty()
    assert second.locator("[data-part=typing]").inner_text() == ""
    expect(typing_line(his)).to_be_empty(timeout=6_000)
    hers.page.reload()
    expect(hers.box).to_have_value("mine")
    hers.expect_live()
    his.send("and now")
    expect(row(hers, "and now")).to_be_visible()
    assert typing_line(his).inner_text() == ""


@pytest.mark.thorough
def test_a_typist_who_vanishes_stops(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, open_by_wire: OpenByWire
) -> None:
    hers = open_window(server, alice, f"/chat/{conversation}")
    his, wire = open_by_wire(bob, f"/chat/{conversation}")
    hers.expect_live()
    his.box.press_sequentially("I was about to")
    expect(typing_line(hers)).not_to_be_empty()
    wire.cut()
    expect(typing_line(hers)).to_be_empty(timeout=6_000)


@pytest.mark.thorough
def test_several_in_a_group_are_named(server: Server, cast: Cast, open_window: Open, connect: Connect) -> None:
    alice, bob, charlie, dan = cast.alice, cast.bob, cast.charlie, cast.person("dan")
    group = make_group(alice, bob, charlie, dan)
    window = open_window(server, alice, f"/chat/{group}")
    window.expect_live()
    his, third, fourth = connect(bob), connect(charlie), connect(dan)
    line = typing_line(window)
    typing(his, group)
    expect(line).to_have_text(f"{bob.me['display_name']} is typing…")
    for writing in (his, third):  # each word is good for 4.5 s
        typing(writing, group)
    expect(line).to_have_text(f"{bob.me['display_name']} and {charlie.me['display_name']} are typing…")
    for writing in (his, third, fourth):
        typing(writing, group)
    expect(line).to_have_text("Several people are typing…")
    typing(fourth, group)
    his.send(group, "there")
    typing(third, group, on=False)
    expect(line).to_have_text(f"{dan.me['display_name']} is typing…")


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
@pytest.mark.thorough
def test_dots_move_only_for_who_wants_it(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Connect, motion: str
) -> None:
    window = open_window(server, alice, f"/chat/{conversation}", reduced_motion=motion)
    window.expect_live()
    typing(connect(bob), conversation)
    dot = typing_line(window).locator("i").first
    name = dot.evaluate("dot => getComputedStyle(dot).animationName")
    assert (name == "none") is (motion == "reduce")
