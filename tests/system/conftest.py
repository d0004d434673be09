"""A real browser. What fails leaves pictures of its windows in test-results/."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.browser import Window, launch
from tests.support.people import Person
from tests.support.proxy import Proxy
from tests.support.server import ROOT, Server

RESULTS = ROOT / "test-results"
outcomes = pytest.StashKey[dict[str, pytest.TestReport]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    item.stash.setdefault(outcomes, {})[report.when] = report  # type: ignore[attr-defined]
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def open_window(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Window]]:
    """`open_window(server, alice, "/chat")`: a window of Alice's; nothing in it may go wrong."""
    opened: list[Window] = []

    def open_one(server: Server, person: Person | None = None, path: str = "/chat", **options: Any) -> Window:
        window = Window(browser, options.pop("url", server.url), **options)
        opened.append(window)
        if person is not None:
            window.become(person)
            window.open(path)
        return window

    yield open_one
    reports = request.node.stash.get(outcomes, {})
    if "call" not in reports or reports["call"].failed:
        for number, window in enumerate(opened):
            window.keep_screenshots(RESULTS, re.sub(r"\W+", "_", f"{request.node.name}_{number}")[:100])
    for window in opened:
        for page in window.context.pages[:1]:
            page.wait_for_timeout(20)  # what went wrong is told by events
    faults = [fault for window in opened for fault in window.faults]
    for window in opened:
        window.close()
    assert faults == []


@pytest.fixture
def open_by_wire(
    server: Server, open_window: Callable[..., Window], proxy_to: Callable[[Server], Proxy]
) -> Callable[[Person, str], tuple[Window, Proxy]]:
    """`hers, wire = open_by_wire(alice, "/chat")`: a window that is live, by a wire that can be cut."""

    def open_one(person: Person, path: str) -> tuple[Window, Proxy]:
        wire = proxy_to(server)
        window = open_window(server, person, path, url=wire.url, network_may_fail=True)
        window.expect_live()
        return window, wire

    return open_one
