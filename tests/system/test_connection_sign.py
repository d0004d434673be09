"""The sign beside one's name: which way this page is connected, and since when."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.people import Person
from tests.support.proxy import Proxy
from tests.support.server import Server

Open = Callable[..., Window]


def at(window: Window, clock: str) -> None:
    """Berlin is an hour ahead of it."""
    window.page.clock.set_fixed_time(f"2026-03-09T{clock}:00Z")


def test_live_offline_and_live_again_each_since(
    server: Server, alice: Person, open_window: Open, proxy_to: Callable[[Server], Proxy]
) -> None:
    wire = proxy_to(server)
    window = open_window(server, path="/login", url=wire.url, network_may_fail=True)
    at(window, "13:02")
    window.become(alice)
    window.open()
    window.expect_connection("Live since 14:02")
    bar = window.page.locator(".offline-bar")
    expect(bar).to_be_empty()
    at(window, "13:10")
    wire.cut()
    window.expect_connection("Offline since 14:10")
    expect(bar).to_have_text("Offline since 14:10")
    at(window, "13:15")  # trying again is still being offline since then
    expect(bar).to_have_text("Offline since 14:10")
    wire.restore()
    window.expect_connection("Live since 14:15", within=20_000)
    expect(bar).to_be_empty()


def test_connecting_until_there_is_an_answer(server: Server, alice: Person, open_window: Open) -> None:
    window = open_window(server, path="/login", network_may_fail=True)
    window.page.route_web_socket("**/socket.io/**", lambda _socket: None)  # opens, and nobody is there
    window.become(alice)
    window.open()
    window.expect_connection("Connecting")


def test_polling_is_told_apart(
    server: Server, alice: Person, open_window: Open, proxy_to: Callable[[Server], Proxy], can_poll: bool
) -> None:
    if not can_poll:
        pytest.skip("several workers of one port cannot be polled")
    wire = proxy_to(server)
    wire.block("/socket.io/?EIO=4&transport=websocket")
    window = open_window(server, alice, url=wire.url, network_may_fail=True)
    window.expect_connection(r"Live, slower connection since \d\d:\d\d")
    expect(window.page.locator("[data-part=connection]")).to_have_attribute("data-state", "polling")
