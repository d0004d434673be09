"""Ways through a long conversation: to a day, and up to what came while one was away."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.demo import fill_conversation, send_many, stamp
from tests.support.people import Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.timeline import row

pytestmark = pytest.mark.thorough

Open = Callable[..., Window]
Connect = Callable[..., Socket]

TOP_IN_LOG = """node => node.getBoundingClientRect().top
    - document.querySelector('[role=log]').getBoundingClientRect().top"""
AWAY = "document.hasFocus = () => false"
BACK = "delete document.hasFocus; dispatchEvent(new Event('focus'))"


@pytest.fixture
def by_day(server: Server, alice: Person, bob: Person, conversation: int) -> int:
    """600 messages: the last hundred of today and yesterday, a hundred a month ago, none in between."""
    fill_conversation(server.database, conversation, [alice, bob], 600)
    moment = datetime.now(UTC) - timedelta(days=30)
    day = moment.replace(hour=10, minute=0)
    for seq, at in ((1, day - timedelta(days=5)), (200, day)):
        last = 199 if seq == 1 else 400
        server.database.execute(
            "UPDATE message SET created_at = ? WHERE conversation_id = ? AND seq BETWEEN ? AND ?",
            *(stamp(at), conversation, seq, last),
        )
    return conversation


def go_to(window: Window, day: datetime) -> None:
    window.page.get_by_role("button", name="Go to date").click()
    window.page.get_by_label("Date", exact=True).fill(day.strftime("%Y-%m-%d"))
    window.page.keyboard.press("Enter")
    expect(window.page.get_by_role("dialog")).to_have_count(0)


def test_to_a_day(server: Server, alice: Person, by_day: int, open_window: Open) -> None:
    window = open_window(server, alice, f"/chat/{by_day}", reduced_motion="reduce")  # the mark stays
    expect(row(window, "line 600")).to_be_in_viewport()
    there = datetime.now(UTC) - timedelta(days=30)
    go_to(window, there)
    expect(row(window, "line 200")).to_be_focused()
    expect(row(window, "line 200")).to_be_in_viewport()
    line = window.log.locator(".rule[data-marked]")
    expect(line).to_be_in_viewport()
    assert 0 <= line.evaluate(TOP_IN_LOG) < 150
    expect(window.page.get_by_text("Nothing was written")).to_have_count(0)


def test_to_a_day_on_which_nothing_was_written(server: Server, alice: Person, by_day: int, open_window: Open) -> None:
    window = open_window(server, alice, f"/chat/{by_day}")
    expect(row(window, "line 600")).to_be_in_viewport()
    go_to(window, datetime.now(UTC) - timedelta(days=32))
    expect(row(window, "line 200")).to_be_focused()
    expect(window.page.get_by_text("Nothing was written that day. This is from ")).to_be_visible()


@pytest.fixture
def returned(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Connect
) -> Window:
    """Alice's, who has just come back to a conversation in which 40 were written while she was away."""
    fill_conversation(server.database, conversation, [alice, bob], 60)
    window = open_window(server, alice, f"/chat/{conversation}")
    expect(row(window, "line 60")).to_be_in_viewport()
    window.expect_live()
    window.page.evaluate(AWAY)
    send_many(connect(bob), conversation, 40, "new")
    expect(row(window, "new 40")).to_be_in_viewport()
    window.page.evaluate(BACK)
    return window


def test_up_to_what_came_while_one_was_away(returned: Window) -> None:
    pill = returned.page.get_by_role("button", name="40 new since ")
    expect(pill).to_be_visible()
    pill.click()
    expect(returned.log.get_by_text("New messages", exact=True)).to_be_in_viewport()
    expect(row(returned, "new 1")).to_be_focused()
    expect(pill).to_be_hidden()
    returned.page.keyboard.press("End")
    expect(row(returned, "new 40")).to_be_in_viewport()
    expect(pill).to_be_hidden()


def test_the_sign_can_be_dismissed(returned: Window, bob: Person, conversation: int, connect: Connect) -> None:
    returned.page.get_by_role("button", name="Dismiss").click()
    expect(returned.page.get_by_role("button", name="new since ")).to_be_hidden()
    expect(returned.box).to_be_focused()
    connect(bob).send(conversation, "new 41")
    expect(row(returned, "new 41")).to_be_in_viewport()
    expect(returned.page.get_by_role("button", name="new since ")).to_be_hidden()
