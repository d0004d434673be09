"""A hundred messages a minute from several people: what is being read stands still, to the pixel."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.demo import fill_conversation
from tests.support.groups import add, make_group, remove, rename, view
from tests.support.people import Cast
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.timeline import row
from tests.support.waiting import eventually
from tests.system.test_history import FIRST_VISIBLE, FROM_END, TOP_OF, settle

pytestmark = pytest.mark.thorough

Open = Callable[..., Window]
Connect = Callable[..., Socket]

WATCH = """text => {
    const log = document.querySelector('[role=log]');
    const texts = [...document.querySelectorAll('article .message-text')];
    const node = texts.find(one => one.textContent.split(' and ')[0] === text);
    window.tops = [node.getBoundingClientRect().top];
    const look = () => {
        const top = node.isConnected ? node.getBoundingClientRect().top : NaN;
        if (top !== window.tops.at(-1)) window.tops.push(top);
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""
SPREAD = "() => Math.max(...window.tops) - Math.min(...window.tops)"


def test_a_hundred_messages_and_receipts_do_not_move_the_line_being_read(
    server: Server, cast: Cast, open_window: Open, connect: Connect
) -> None:
    alice, others = cast.alice, [cast.bob, cast.charlie, cast.person("dan")]
    group = make_group(alice, *others)
    start = view(alice, group)["last_seq"]
    last = start + 600
    fill_conversation(server.database, group, [alice, *others], 600, start)
    unread = "UPDATE membership SET last_read_seq = ? WHERE conversation_id = ? AND user_id <> ?"
    server.database.execute(unread, last - 60, group, alice.id)
    window = open_window(server, alice, f"/chat/{group}")
    page = window.page
    expect(row(window, "line 600")).to_be_in_viewport()
    window.expect_live()
    sockets = [connect(person) for person in others]
    receipt = window.log.locator(".receipt")
    sockets[0].request("read_mark", {"conversation_id": group, "seq": last - 30})
    expect(receipt).to_be_visible()
    window.log.hover()
    page.mouse.wheel(0, -900)
    eventually(lambda: page.evaluate(FROM_END) > 600)
    settle(page)
    text = page.evaluate(FIRST_VISIBLE)
    assert page.evaluate(TOP_OF, text) is not None
    page.evaluate(WATCH, text)
    extra = cast.person("extra")
    for number in range(100):
        his = sockets[number % 3]
        his.send(group, f"busy {number}" + " with a little more to say" * (number % 5))
        his.request("read_mark", {"conversation_id": group, "seq": last - 30 + number % 30})
        if number % 20 == 5:
            rename(others[0], group, f"Name {number}")
        if number % 20 == 10:
            add(others[1], group, extra)
        if number % 20 == 15:
            remove(alice, group, extra)
    expect(page.get_by_role("button", name="100 new messages")).to_be_visible()
    eventually(lambda: "busy 99" in window.log.locator("article .message-text").last.inner_text())
    settle(page)
    assert page.evaluate(SPREAD) <= 1, page.evaluate("window.tops")
    page.get_by_role("button", name="100 new messages").click()
    expect(window.log.get_by_text("busy 99 with")).to_be_in_viewport()
