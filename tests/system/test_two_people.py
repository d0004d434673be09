"""Two people in two windows sign up, find each other and talk."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.support.browser import Window
from tests.support.demo import send_many
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually

Open = Callable[..., Window]


def test_sign_up_twice_and_talk_both_ways(
    own_server: Server, make_cast: Callable[[Server], Cast], open_window: Open
) -> None:
    cast = make_cast(own_server)
    ann, ben = cast.stranger("ann"), cast.stranger("ben")
    hers, his = open_window(own_server), open_window(own_server)
    hers.sign_up(ann)
    hers.expect_live()
    his.sign_up(ben)
    expect(hers.page.get_by_role("navigation", name="People").get_by_role("link", name=ben.username)).to_be_visible()
    hers.page.get_by_role("navigation", name="People").get_by_role("link", name=ben.username).click()
    hers.box.fill("Hello, Ben")
    hers.box.press("Enter")
    hers.expect_all_sent(1)
    expect(hers.page).to_have_url(re.compile(r"/chat/\d+$"))
    his.page.get_by_role("navigation", name="People").get_by_role("link", name=ann.username).click()
    his.expect_messages(["Hello, Ben"])
    his.send("Hello, Ann")
    for window in (hers, his):
        window.expect_messages(["Hello, Ben", "Hello, Ann"])
        window.expect_all_sent(1)
    for window in (hers, his):
        window.page.reload()
        window.expect_messages(["Hello, Ben", "Hello, Ann"])
    his.send("and after a reload")
    hers.expect_messages(["Hello, Ben", "Hello, Ann", "and after a reload"])


def test_picking_somebody_does_not_load_the_page_again(
    own_server: Server, make_cast: Callable[[Server], Cast], open_window: Open
) -> None:
    cast = make_cast(own_server)
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    window = open_window(own_server, alice)
    window.page.evaluate("window.stillHere = true")
    for person in (bob, charlie):
        window.person_link(person).click()
        expect(window.page).to_have_url(re.compile(f"/chat/with/{person.username}$"))
        expect(window.page.get_by_role("heading", name=person.username)).to_be_visible()
    window.page.go_back()
    expect(window.page.get_by_role("heading", name=bob.username)).to_be_visible()
    assert window.page.evaluate("window.stillHere") is True


def test_the_keys_of_the_message_box(server: Server, alice: Person, conversation: int, open_window: Open) -> None:
    window = open_window(server, alice, f"/chat/{conversation}")
    window.box.click()
    window.page.keyboard.type("first line")
    window.page.keyboard.press("Shift+Enter")
    window.page.keyboard.type("second line")
    for composing in ({"isComposing": True}, {"keyCode": 229}):
        window.box.evaluate(
            """(box, composing) => box.dispatchEvent(new KeyboardEvent(
                'keydown', {key: 'Enter', bubbles: true, cancelable: true, ...composing}))""",
            composing,
        )
    assert window.box.input_value() == "first line\nsecond line"
    window.page.keyboard.press("Enter")
    window.expect_all_sent(1)
    assert window.log.locator("article .message-text").inner_text() == "first line\nsecond line"
    expect(window.box).to_have_value("")
    expect(window.box).to_be_focused()
    window.box.fill("   \n ")
    window.page.keyboard.press("Enter")
    window.send("the last one")
    window.expect_all_sent(2)


@pytest.mark.thorough
def test_the_list_of_people_folds_away_and_stays_so(server: Server, alice: Person, open_window: Open) -> None:
    window = open_window(server, alice)
    button = window.page.get_by_role("button", name="People list")
    people = window.page.get_by_role("navigation", name="People")
    window.expect_live()
    expect(button).to_have_attribute("aria-expanded", "true")
    button.click()
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(people).to_be_hidden()
    window.page.reload()
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(people).to_be_hidden()
    window.expect_connected()
    button.click()
    window.page.reload()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(people).to_be_visible()


@pytest.mark.thorough
def test_enter_in_the_search_opens_who_was_found_even_before_the_answer(
    server: Server, alice: Person, cast: Cast, open_window: Open
) -> None:
    for letter in "abc":
        cast.person(f"{letter}_somebody")
    wanted = cast.person("zz_wanted")
    window = open_window(server, alice)
    held: list[Route] = []
    window.expect_live()
    window.page.route(re.compile(r"/api/users\?"), lambda route: held.append(route))
    search = window.page.get_by_role("searchbox", name="Find people")
    with window.page.expect_request(re.compile(r"/api/users\?")):
        search.fill(wanted.username)
    search.press("Enter")
    assert window.page.url.endswith("/chat")
    held[0].continue_()
    expect(window.page).to_have_url(re.compile(f"/chat/with/{wanted.username}$"))


def test_searching_finds_somebody_beyond_the_first_page(
    server: Server, alice: Person, cast: Cast, open_window: Open
) -> None:
    somebody = cast.person("zzz")
    window = open_window(server, alice)
    window.expect_live()
    window.page.get_by_role("searchbox", name="Find people").fill(somebody.username.upper())
    window.person_link(somebody).click()
    expect(window.page.get_by_role("heading", name=somebody.username)).to_be_visible()


def test_unread_counts_agree_and_reading_clears_them_in_every_tab(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Callable[..., Socket]
) -> None:
    window = open_window(server, alice)
    window.expect_live()
    second = window.new_tab()
    window.open("/chat", second)
    window.page.bring_to_front()
    his = connect(bob)
    send_many(his, conversation, 3)
    for page in (window.page, second):
        expect(page).to_have_title(re.compile(r"^\(3\) "))
        expect(page.get_by_role("navigation", name="People")).to_contain_text("3 unread")
    window.person_link(bob).click()
    for page in (window.page, second):
        expect(page).not_to_have_title(re.compile(r"^\("))
        expect(page.get_by_role("navigation", name="People")).not_to_contain_text("unread")
    his.wait_for("read_marked", lambda data: data["user_id"] == alice.id and data["last_read_seq"] == 3)


def test_two_tabs_of_one_person_show_each_message_once(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    window = open_window(server, alice, f"/chat/{conversation}")
    second = window.new_tab()
    window.open(f"/chat/{conversation}", second)
    his = open_window(server, bob, f"/chat/{conversation}")
    window.send("from the first tab")
    window.expect_messages(["from the first tab"], second)
    window.send("from the second tab", second)
    his.expect_messages(["from the first tab", "from the second tab"])
    his.send("an answer")
    for page in (window.page, second):
        window.expect_messages(["from the first tab", "from the second tab", "an answer"], page)
        window.expect_all_sent(2, page)


def test_a_new_message_is_announced_once_with_its_author(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Callable[..., Socket]
) -> None:
    his = connect(bob)
    his.send(conversation, "an old one")
    window = open_window(server, alice, f"/chat/{conversation}")
    window.expect_messages(["an old one"])
    window.expect_live()
    window.page.evaluate(
        """() => {
            window.spoken = [];
            for (const region of document.querySelectorAll('[aria-live=polite]'))
                new MutationObserver(changes => {
                    for (const change of changes)
                        for (const node of change.addedNodes) window.spoken.push(node.textContent);
                }).observe(region, {childList: true, subtree: true});
        }"""
    )
    his.send(conversation, "a new one")
    window.expect_messages(["an old one", "a new one"])
    eventually(lambda: window.page.evaluate("window.spoken.length"))
    assert [line for line in window.page.evaluate("window.spoken") if "one" in line] == [
        f"{bob.me['display_name']}: a new one"
    ]
    expect(window.log).to_have_attribute("aria-live", "off")


@pytest.mark.thorough
def test_drafts_come_back_in_their_own_chat(
    server: Server, alice: Person, bob: Person, charlie: Person, conversation: int, open_window: Open
) -> None:
    other = alice.talk_to(charlie)
    window = open_window(server, alice, f"/chat/{conversation}")
    window.box.fill("half a thou")
    window.open(f"/chat/{other}")
    expect(window.box).to_have_value("")
    window.open(f"/chat/{conversation}")
    expect(window.box).to_have_value("half a thou")
    window.box.fill("half a thought")
    window.page.reload()
    expect(window.box).to_have_value("half a thought")
    window.box.press("Enter")
    window.expect_all_sent(1)
    window.page.reload()
    expect(window.box).to_have_value("")


@pytest.mark.parametrize("length", [10_000, 10_001])
@pytest.mark.thorough
def test_the_limit_is_told_before_sending(
    server: Server, alice: Person, conversation: int, open_window: Open, length: int
) -> None:
    window = open_window(server, alice, f"/chat/{conversation}")
    window.send("😀" * length)
    if length == 10_000:
        window.expect_all_sent(1)
        return
    expect(window.page.get_by_text("too long", exact=False)).to_be_visible()
    assert len(window.box.input_value()) == length, "what was typed is lost"
    assert alice.messages(conversation) == []


@pytest.mark.thorough
def test_without_tls_on_a_lan(server: Server, alice: Person, bob: Person, conversation: int, open_window: Open) -> None:
    """No secure context: neither Web Locks nor crypto.randomUUID."""
    window = open_window(server, alice, f"/chat/{conversation}", url=f"http://chat.test:{server.port}")
    assert window.page.evaluate("window.isSecureContext") is False
    his = open_window(server, bob, f"/chat/{conversation}")
    second = window.new_tab()
    window.open(f"/chat/{conversation}", second)
    window.send("first")
    window.expect_all_sent(1)
    window.send("second", second)
    his.expect_messages(["first", "second"])
    window.expect_messages(["first", "second"])
    window.expect_all_sent(2, second)
