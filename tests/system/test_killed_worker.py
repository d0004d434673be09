"""Two people on two workers, each of which is killed: the pages go on, and neither sees the other go."""

import os
import signal
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.groups import make_group
from tests.support.people import Cast
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.test_presence import RECORD, about, typing_line

pytestmark = pytest.mark.several_workers


def kill_one(server: Server, pid: int) -> None:
    """kill -9; returns when another worker has taken its place and takes connections."""
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: pid not in server.worker_pids(), within=30)
    server.expect_all_workers()


def test_presence_typing_and_cards_go_on(
    two_workers: Server, make_cast: Callable[[Server], Cast], open_window: Callable[..., Window]
) -> None:
    cast = make_cast(two_workers)
    conversation, group = cast.alice.talk_to(cast.bob), make_group(cast.alice, cast.bob)
    path = f"/chat/{conversation}"
    hers, his = (open_window(two_workers, who, path, network_may_fail=True) for who in (cast.alice, cast.bob))
    pair = ((hers, his, cast.bob), (his, hers, cast.alice))
    for window, _, other in pair:
        expect(about(window)).to_have_text(f"@{other.username} · Online")
        about(window).evaluate(RECORD)
    for killed, pid in enumerate(two_workers.worker_pids(), 1):  # whichever of the two a page is on
        kill_one(two_workers, pid)
        for window, other_window, _ in pair:
            window.expect_live()
            window.send(f"after {pid} from {window is hers}")
            expect(other_window.message(f"after {pid} from {window is hers}")).to_be_visible()
        for window, other_window, other in pair:
            window.expect_all_sent(killed)
            other_window.box.press_sequentially("wr")
            expect(typing_line(window)).to_contain_text(f"{other.me['display_name']} is typing")
            other_window.box.fill("")
            expect(typing_line(window)).to_be_empty()
    for window, _, other in pair:
        assert set(window.page.evaluate("window.said")) == {f"@{other.username} · Online"}
    his.open(f"/chat/{group}")
    his.expect_live()
    his.send("over here")
    expect(hers.page.get_by_role("complementary", name="New messages")).to_contain_text("over here")
