"""Making groups, and finding them again in the navigation."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Route, expect

from tests.support.browser import Window
from tests.support.new_group import Navigation, NewGroup
from tests.support.people import Cast, Person, fresh_name
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.system.test_accessibility import LOOKS, check_page
from tests.system.test_layout import PHONE, WIDER_THAN_THE_WINDOW, tab_to

Open = Callable[..., Window]
Connect = Callable[..., Socket]

A_CONVERSATION = re.compile(r"/chat/\d+$")


def make_group(owner: Person, *others: Person, title: str | None = None) -> int:
    wanted = {"kind": "group", "title": title, "user_ids": [person.id for person in others]}
    answer = owner.call("POST", "/api/conversations", wanted)
    assert answer.status_code in (200, 201), (answer.status_code, answer.text)
    conversation_id: int = answer.json()["conversation"]["id"]
    return conversation_id


def set_own(person: Person, conversation_id: int, **settings: str | None) -> None:
    answer = person.call("PATCH", f"/api/conversations/{conversation_id}/membership", settings)
    assert answer.status_code == 200, (answer.status_code, answer.text)


def groups_of(person: Person) -> list[str | None]:
    conversations = person.json("/api/conversations")["conversations"]
    return [one["title"] for one in conversations if one["kind"] == "group"]


def test_a_new_group_is_there_for_its_members_at_once_and_for_nobody_else(
    server: Server, cast: Cast, open_window: Open
) -> None:
    alice, bob, charlie, dora = cast.alice, cast.bob, cast.charlie, cast.person("dora")
    windows = {person: open_window(server, person) for person in (alice, bob, charlie, dora)}
    title = fresh_name("Lunch")
    for window in windows.values():
        window.expect_live()
        window.page.evaluate("window.isTheSamePage = true")
    hers = windows[alice]
    NewGroup(hers).create(bob, charlie, title=title)
    expect(hers.page).to_have_url(A_CONVERSATION)
    expect(hers.page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect(hers.box).to_be_focused()
    hers.page.keyboard.type("who is hungry")
    hers.page.keyboard.press("Enter")
    name = alice.me["display_name"]
    for person in (bob, charlie):
        link = Navigation(windows[person]).link(title)
        expect(link).to_contain_text(f"{name}: who is hungry")
        expect(link).to_contain_text("1 unread")
    Navigation(windows[bob]).link(title).click()
    windows[bob].expect_messages(["who is hungry"])
    expect(Navigation(windows[dora]).root).not_to_contain_text(title)
    assert dora.get(hers.page.url.removeprefix(server.url)).status_code == 404
    assert all(window.page.evaluate("window.isTheSamePage") for window in windows.values())


def test_the_same_people_again_are_offered_the_group_they_have(
    server: Server, alice: Person, bob: Person, charlie: Person, open_window: Open
) -> None:
    title = fresh_name("Lunch")
    there = make_group(alice, bob, charlie, title=title)
    window = open_window(server, alice)
    dialog = NewGroup(window).open().pick(charlie)
    expect(dialog.button("Start chat")).to_be_enabled()
    dialog.pick(bob)
    expect(dialog.offer).to_have_text(f"You already have “{title}” with exactly these people.")
    dialog.chip(bob).click()
    expect(dialog.offer).to_be_hidden()
    dialog.pick(bob)
    dialog.button("Open it").click()
    expect(window.page).to_have_url(re.compile(f"/chat/{there}$"))
    expect(window.box).to_be_focused()
    NewGroup(window).create(bob, charlie, title="another")
    expect(window.page.get_by_role("heading", name="another", exact=True)).to_be_visible()
    assert sorted(groups_of(alice), key=str) == sorted([title, "another"], key=str)


@pytest.mark.thorough
def test_without_a_name_the_same_people_are_one_group(
    server: Server, alice: Person, bob: Person, charlie: Person, open_window: Open
) -> None:
    window = open_window(server, alice)
    dialog = NewGroup(window)
    dialog.create(bob, charlie)
    expect(window.page).to_have_url(A_CONVERSATION)
    first = window.page.url
    window.page.goto(server.url + "/chat")
    dialog.open().pick(charlie, bob)
    expect(dialog.offer).to_contain_text("a group with exactly these people. Give the new one a name to have both.")
    dialog.button("Create group").click()
    expect(window.page).to_have_url(first)
    assert groups_of(alice) == [None]


@pytest.mark.thorough
def test_one_person_and_no_name_is_the_direct_chat(
    server: Server, alice: Person, bob: Person, open_window: Open
) -> None:
    window = open_window(server, alice)
    dialog = NewGroup(window).open().pick(bob)
    expect(dialog.root).to_contain_text(f"This opens your chat with {bob.me['display_name']}.")
    dialog.button("Start chat").click()
    expect(window.page).to_have_url(re.compile(f"/chat/with/{bob.username}$"))
    expect(window.box).to_be_focused()
    dialog.open().pick(bob)
    dialog.name.fill("the two of us")
    dialog.button("Create group").click()
    expect(window.page).to_have_url(A_CONVERSATION)
    assert groups_of(alice) == ["the two of us"]


def test_a_group_by_keyboard_alone(
    server: Server, alice: Person, bob: Person, charlie: Person, open_window: Open
) -> None:
    window = open_window(server, alice)
    keys = window.page.keyboard
    dialog = NewGroup(window)
    window.expect_live()
    tab_to(window, window.page.get_by_role("button", name="New group"))
    keys.press("Enter")
    expect(dialog.box).to_be_focused()
    keys.type(charlie.username)
    keys.press("Enter")
    expect(dialog.chip(charlie)).to_be_visible()
    keys.press("Backspace")
    expect(dialog.chip(charlie)).to_be_hidden()
    for person in (bob, charlie):
        keys.type(person.username)
        expect(dialog.option(person)).to_be_visible()
        expect(dialog.root.get_by_role("option")).to_have_count(1)
        keys.press("ArrowDown")
        found = dialog.option(person).get_attribute("id")
        expect(dialog.box).to_have_attribute("aria-activedescendant", str(found))
        keys.press("Enter")
        expect(dialog.chip(person)).to_be_visible()
        expect(dialog.box).to_have_value("")
    keys.type("nobody of this name")
    keys.press("Escape")
    expect(dialog.box).to_have_value("")
    expect(dialog.chip(bob)).to_be_visible()
    tab_to(window, dialog.name)
    keys.type("by hand")
    keys.press("Enter")
    expect(window.page.get_by_role("heading", name="by hand", exact=True)).to_be_visible()
    expect(window.box).to_be_focused()


@pytest.mark.thorough
def test_nothing_is_lost_when_the_server_is_away(
    server: Server, alice: Person, bob: Person, charlie: Person, open_window: Open
) -> None:
    window = open_window(server, alice, network_may_fail=True)
    dialog = NewGroup(window).open().pick(bob, charlie)
    dialog.name.fill("Lunch")
    held: list[Route] = []
    window.page.route("**/api/conversations", lambda route: held.append(route))
    with window.page.expect_request(lambda request: request.method == "POST"):
        dialog.button("Create group").click()
    expect(dialog.button("Creating…")).to_be_disabled()
    window.page.route("**/api/conversations", lambda route: route.abort())  # the second try as well
    held[0].abort()
    expect(dialog.root.get_by_role("alert")).to_contain_text("could not be reached")
    expect(dialog.name).to_have_value("Lunch")
    expect(dialog.chip(bob)).to_be_visible()
    window.page.unroute("**/api/conversations")
    dialog.button("Create group").click()
    expect(window.page.get_by_role("heading", name="Lunch", exact=True)).to_be_visible()
    assert groups_of(alice) == ["Lunch"]


@pytest.mark.thorough
def test_an_offer_that_comes_late_is_for_nobody(
    server: Server, alice: Person, bob: Person, charlie: Person, open_window: Open
) -> None:
    make_group(alice, bob, charlie, title="Lunch")
    window = open_window(server, alice)
    window.expect_live()
    held: list[Route] = []
    window.page.route(re.compile("with_users="), lambda route: held.append(route))
    dialog = NewGroup(window).open()
    with window.page.expect_request(re.compile("with_users=")):
        dialog.pick(bob, charlie)
    dialog.chip(charlie).click()
    with window.page.expect_request_finished(lambda request: "with_users=" in request.url):
        held[0].continue_()
    window.page.wait_for_timeout(100)  # for an offer to come up
    expect(dialog.button("Start chat")).to_be_enabled()
    expect(dialog.offer).to_be_hidden()


@pytest.mark.thorough
def test_the_picker_goes_on_through_a_large_directory(server: Server, alice: Person, open_window: Open) -> None:
    everybody = [
        {"id": 10**6 + at, "username": f"p{at:03}", "display_name": f"<b>{at:03}</b>", "avatar_url": None}
        for at in range(120)
    ]

    def answer(route: Route) -> None:
        asked = parse_qs(urlsplit(route.request.url).query)
        start = int(asked.get("after", ["0"])[0])
        found = [user for user in everybody if asked.get("q", [""])[0] in user["username"]]
        rest = start + 50 < len(found)
        route.fulfill(json={"users": found[start : start + 50], "next": str(start + 50) if rest else None})

    window = open_window(server, alice)
    window.expect_live()
    window.page.route(re.compile(r"/api/users\?"), answer)
    dialog = NewGroup(window).open()
    options = dialog.root.get_by_role("option")
    expect(options).to_have_count(50)
    for count in (100, 120):
        options.last.scroll_into_view_if_needed()
        expect(options).to_have_count(count)
    window.page.keyboard.press("ArrowUp")
    window.page.keyboard.press("Enter")
    expect(dialog.button("Remove <b>119</b>")).to_be_visible()
    dialog.box.fill("p11")
    dialog.box.press("Enter")
    expect(dialog.button("Remove <b>110</b>")).to_be_visible()
    expect(dialog.box).to_have_value("")
    expect(options).to_have_count(50)


@pytest.mark.thorough
def test_a_name_that_is_too_long_is_told_before_it_is_sent(
    server: Server, alice: Person, bob: Person, charlie: Person, open_window: Open
) -> None:
    dialog = NewGroup(open_window(server, alice)).open().pick(bob, charlie)
    dialog.name.fill("😀" * 101)
    expect(dialog.root.get_by_role("alert")).to_have_text("That name is too long.")
    expect(dialog.root).to_contain_text("101 of 100 characters")
    expect(dialog.button("Create group")).to_be_disabled()
    dialog.name.fill("😀" * 100)
    dialog.button("Create group").click()
    expect(dialog.root).to_be_hidden()
    assert groups_of(alice) == ["😀" * 100]


@pytest.mark.thorough
def test_the_search_finds_groups_and_people(
    server: Server, alice: Person, bob: Person, charlie: Person, open_window: Open
) -> None:
    title = fresh_name("Harbour")
    conversation = make_group(alice, bob, title=title)
    make_group(bob, charlie, title=f"{title} without her")
    window = open_window(server, alice)
    nav = Navigation(window)
    nav.search.fill(title.upper()[2:])
    expect(nav.section("Conversations").get_by_role("link")).to_have_count(1)
    expect(nav.link(title)).to_be_visible()
    nav.search.fill(charlie.username)
    expect(nav.link(charlie.me["display_name"], "People found")).to_be_visible()
    expect(nav.section("Conversations")).to_be_hidden()
    nav.search.fill(f"{title} nowhere")
    expect(nav.root).to_contain_text(f"Nobody here is called “{title} nowhere”, and no group either.")
    nav.search.fill(title)
    nav.search.press("Enter")
    expect(window.page).to_have_url(re.compile(f"/chat/{conversation}$"))
    expect(nav.search).to_have_value("")


def test_archived_ones_wait_apart_until_somebody_writes(
    server: Server, alice: Person, bob: Person, charlie: Person, open_window: Open, connect: Connect
) -> None:
    group, direct = make_group(alice, bob, charlie, title="Attic"), alice.talk_to(bob)
    his = connect(bob)
    his.send(direct, "hello")
    for conversation in (group, direct):
        set_own(alice, conversation, shelf="archived")
    window = open_window(server, alice)
    nav = Navigation(window)
    bobs_name = bob.me["display_name"]
    window.expect_live()
    expect(nav.link("Attic")).to_be_hidden()
    expect(nav.archived).to_have_attribute("aria-expanded", "false")
    nav.archived.click()
    expect(nav.archived).to_have_attribute("aria-expanded", "true")
    expect(nav.archived).to_contain_text("2")
    shelf = nav.section("Archived")
    expect(shelf.get_by_role("link")).to_have_count(2)
    expect(nav.root.get_by_role("link", name=bobs_name, exact=True)).to_have_count(1)
    his.send(group, "are you there")
    expect(nav.link("Attic")).to_contain_text("are you there")
    expect(shelf.get_by_role("link")).to_have_count(1)
    shelf.get_by_role("link", name=bobs_name).click()
    window.expect_messages(["hello"])
    nav.archived.click()
    expect(shelf).to_be_hidden()


@pytest.mark.thorough
def test_without_anything_archived_there_is_no_place_for_it(
    server: Server, alice: Person, bob: Person, open_window: Open
) -> None:
    group = make_group(alice, bob, title="Attic")
    window = open_window(server, alice)
    nav = Navigation(window)
    expect(nav.link("Attic")).to_be_visible()
    expect(nav.archived).to_be_hidden()
    set_own(alice, group, shelf="archived")
    expect(nav.archived).to_be_visible()
    nav.archived.click()
    expect(nav.archived).to_contain_text("1")


@pytest.mark.thorough
def test_archived_ones_that_do_not_load_are_tried_again(
    server: Server, alice: Person, bob: Person, open_window: Open
) -> None:
    set_own(alice, make_group(alice, bob, title="Attic"), shelf="archived")
    window = open_window(server, alice, network_may_fail=True)
    nav = Navigation(window)
    window.expect_live()
    window.page.route(re.compile("shelf=archived"), lambda route: route.abort())
    nav.archived.click()
    expect(nav.root).to_contain_text("The server could not be reached.")
    window.page.unroute(re.compile("shelf=archived"))
    nav.root.get_by_role("button", name="Show more").last.click()
    expect(nav.link("Attic", "Archived")).to_be_visible()
    expect(nav.root).not_to_contain_text("could not be reached")


def test_a_muted_group_counts_quietly(
    server: Server, alice: Person, bob: Person, open_window: Open, connect: Connect
) -> None:
    group = make_group(alice, bob, title="Loud")
    set_own(alice, group, notify="nothing")
    window = open_window(server, alice)
    link = Navigation(window).link("Loud")
    window.expect_live()
    expect(link.get_by_role("img", name="Muted")).to_be_visible()
    connect(bob).send(group, "noise")
    expect(link).to_contain_text("1 unread")
    expect(link.locator(".badge-muted")).to_be_visible()
    expect(window.page).not_to_have_title(re.compile(r"^\("))


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_the_dialog(
    server: Server,
    alice: Person,
    bob: Person,
    charlie: Person,
    open_window: Open,
    look: dict[str, object],
) -> None:
    make_group(alice, bob, charlie, title="Lunch")
    set_own(alice, make_group(alice, bob, title="Quiet"), notify="nothing")
    set_own(alice, make_group(alice, bob, title="Attic"), shelf="archived")
    window = open_window(server, alice, **look)
    nav = Navigation(window)
    window.expect_live()
    nav.archived.click()
    expect(nav.link("Attic", "Archived")).to_be_visible()
    check_page(window)
    dialog = NewGroup(window).open()
    check_page(window)
    dialog.pick(bob, charlie)
    expect(dialog.offer).to_be_visible()
    dialog.name.fill("x" * 101)
    check_page(window)


def test_the_dialog_fills_a_phone(server: Server, alice: Person, bob: Person, open_window: Open) -> None:
    window = open_window(server, alice, **PHONE)
    dialog = NewGroup(window).open().pick(bob)
    assert dialog.root.bounding_box() == {"x": 0, "y": 0, "width": 375, "height": 667}
    assert window.page.evaluate(WIDER_THAN_THE_WINDOW) is False
    targets = dialog.root.locator("button:visible, input:visible, [role=option]")
    for box in (target.bounding_box() for target in targets.all()):
        assert box is not None
        assert min(box["height"], box["width"]) >= 38
    create = dialog.button("Start chat").bounding_box()
    assert create is not None
    assert create["y"] + create["height"] <= 667
