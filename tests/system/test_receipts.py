"""Read receipts: "Seen" means before somebody's eyes, by those who share it, and nobody else hears of it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.demo import send_many
from tests.support.groups import make_group
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.timeline import TOP, choose, row

Open = Callable[..., Window]
Connect = Callable[..., Socket]

AWAY = "document.hasFocus = () => false"
BACK = "delete document.hasFocus; dispatchEvent(new Event('focus'))"
AFTER = "node => node.previousElementSibling.querySelector('.message-text').textContent"


def share(person: Person, is_on: bool) -> None:
    answer = person.call("PATCH", "/api/account", {"shares_reads": is_on})
    assert answer.status_code == 200, answer.text


def read(socket: Socket, conversation: int, seq: int) -> None:
    ack = socket.request("read_mark", {"conversation_id": conversation, "seq": seq})
    assert ack["ok"] is True, ack


def expect_none(window: Window, socket: Socket, conversation: int, text: str) -> None:
    """No receipt, even after something later has arrived."""
    socket.send(conversation, text)
    expect(window.log.get_by_text(text, exact=True)).to_be_visible()
    expect(window.log.locator(".receipt")).to_have_count(0)


def test_seen_appears_only_when_it_is_before_the_other_s_eyes(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    hers = open_window(server, alice, f"/chat/{conversation}")
    his = open_window(server, bob, "/chat")
    seen = hers.log.get_by_text("Seen", exact=True)
    hers.send("are you there")
    hers.expect_all_sent(1)
    expect(his.page).to_have_title(re.compile(r"^\(1\) "))
    his.page.evaluate(AWAY)
    his.person_link(alice).click()
    expect(his.log.get_by_text("are you there", exact=True)).to_be_visible()
    hers.send("hello?")
    expect(his.log.get_by_text("hello?", exact=True)).to_be_in_viewport()
    expect(seen).to_have_count(0)
    before = row(hers, "are you there").evaluate(TOP)
    his.page.evaluate(BACK)
    expect(seen).to_be_visible()
    assert seen.evaluate(AFTER) == "hello?"
    assert abs(row(hers, "are you there").evaluate(TOP) - before) < 1, "it has moved what stood there"
    his.send("I am")
    expect(row(hers, "I am")).to_be_in_viewport()
    assert seen.evaluate(AFTER) == "hello?"
    hers.page.reload()
    expect(seen).to_be_visible()
    expect(seen).to_have_count(1)


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_who_opts_out_neither_tells_nor_is_told(
    server: Server, cast: Cast, conversation: int, open_window: Open, connect: Connect, who: str
) -> None:
    alice, bob = cast.alice, cast.bob
    share(getattr(cast, who), False)
    hers = open_window(server, alice, f"/chat/{conversation}")
    his = connect(bob)
    hers.send("are you there")
    hers.expect_all_sent(1)
    read(his, conversation, 1)
    expect_none(hers, his, conversation, "and then")
    hers.page.reload()
    expect(hers.log.get_by_text("are you there", exact=True)).to_be_visible()
    expect_none(hers, his, conversation, "and again")


@pytest.mark.thorough
def test_opting_out_takes_effect_on_open_pages(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    hers = open_window(server, alice, f"/chat/{conversation}")
    seen = hers.log.get_by_text("Seen", exact=True)
    hers.send("are you there")
    hers.expect_all_sent(1)
    read(connect(bob), conversation, 1)
    expect(seen).to_be_visible()
    share(alice, False)
    expect(seen).to_have_count(0)
    share(alice, True)
    expect(seen).to_be_visible()


def test_in_a_group_they_are_named(server: Server, cast: Cast, open_window: Open, connect: Connect) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    group = make_group(alice, bob, charlie)
    window = open_window(server, alice, f"/chat/{group}")
    receipt = window.log.locator(".receipt")
    his, third = connect(bob), connect(charlie)
    window.send("one")
    window.expect_all_sent(1)
    seq = alice.messages(group)[-1]["seq"]
    read(his, group, seq)
    expect(receipt).to_have_text(f"Seen by {bob.me['display_name']}")
    window.send("two")
    window.expect_all_sent(2)
    expect(row(window, "one")).to_contain_text(f"Seen by {bob.me['display_name']}")  # its tick tells
    expect(receipt).to_have_count(0)
    before = row(window, "one").evaluate(TOP)
    read(third, group, seq + 1)
    expect(receipt).to_have_text(f"Seen by {charlie.me['display_name']}")
    assert receipt.evaluate(AFTER) == "two"
    assert row(window, "one").evaluate(TOP) == before
    read(his, group, seq + 1)
    expect(receipt).to_have_text(re.compile("^Seen by .+ and .+$"))
    choose(window, row(window, "one"), "Seen by")
    dialog = window.page.get_by_role("dialog", name="Seen by")
    expect(dialog).to_contain_text("2 of 2")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    window.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


@pytest.mark.thorough
def test_many_are_named_in_a_dialog(server: Server, cast: Cast, open_window: Open, connect: Connect) -> None:
    alice = cast.alice
    others = [cast.person(f"reader{number}") for number in range(5)]
    group = make_group(alice, *others)
    window = open_window(server, alice, f"/chat/{group}")
    window.send("to all of you")
    window.expect_all_sent(1)
    seq = alice.messages(group)[-1]["seq"]
    for person in others[:4]:
        read(connect(person), group, seq)
    button = window.log.get_by_role("button", name=re.compile("^Seen by .+, .+ and 2 others$"))
    expect(button).to_be_visible()
    button.focus()
    window.page.keyboard.press("Enter")
    dialog = window.page.get_by_role("dialog", name="Seen by")
    expect(dialog.get_by_role("listitem")).to_have_count(4)
    expect(dialog).to_contain_text("4 of 5")
    dialog.get_by_role("button", name="Close").click()
    expect(button).to_be_focused()


def test_outsiders_hear_nothing(
    server: Server, alice: Person, bob: Person, charlie: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    outside, his = connect(charlie), connect(bob)
    window = open_window(server, alice, f"/chat/{conversation}")
    send_many(his, conversation, 3)
    his.wait_for("read_marked", lambda data: data["user_id"] == alice.id and data["last_read_seq"] == 3)
    window.send("an answer")
    window.expect_all_sent(1)
    read(his, conversation, 4)
    expect(window.log.get_by_text("Seen", exact=True)).to_be_visible()
    outside.settle()
    assert outside.got("read_marked") == []
