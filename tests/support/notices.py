"""Notifications as a browser shows them, and tabs that are out of sight.

A tab of a headless browser is always `visible`, even minimised, so what a page asks for its visibility is put in its
place. The focus is real: tabs give up the emulated one, and the one that was brought to the front has it.
"""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import CDPSession, Locator, Page, expect

from tests.support.browser import Window

# Set up before a page's own scripts; counts what a page shows and sounds.
_SETUP = """
(() => {
  let isHidden = false;
  Object.defineProperty(document, 'visibilityState', { get: () => (isHidden ? 'hidden' : 'visible') });
  Object.defineProperty(document, 'hidden', { get: () => isHidden });
  const hasFocus = document.hasFocus.bind(document);
  document.hasFocus = () => !isHidden && hasFocus();
  window.putOutOfSight = (value) => {
    isHidden = value;
    document.dispatchEvent(new Event('visibilitychange'));
  };
  window.shown = [];
  window.sounded = 0;
  window.asked = 0;
  const show = ServiceWorkerRegistration.prototype.showNotification;
  ServiceWorkerRegistration.prototype.showNotification = function (title, options) {
    window.shown.push({ title, ...options });
    return show.call(this, title, options);
  };
  // An incognito window refuses, with an error in the console: https://crbug.com/41124656
  PushManager.prototype.subscribe = () => Promise.reject(new DOMException('There is no push service.', 'AbortError'));
  const ask = Notification.requestPermission;
  Notification.requestPermission = () => {
    window.asked += 1;
    return ask.call(Notification);
  };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    window.sounded += 0.5; // a sound has two notes
    return start.apply(this, when);
  };
})();
"""
_SHOWN = """
async () => {
  const all = await (await navigator.serviceWorker.ready).getNotifications();
  return all.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
}
"""
_CLICK = """
async (tag) => {
  const [notification] = await registration.getNotifications({ tag });
  const event = new NotificationEvent('notificationclick', { notification });
  dispatchEvent(event);
}
"""


class Notices:
    """Of one window, whose context is made ready for them before its first page is opened."""

    def __init__(self, window: Window, *, allowed: bool = True) -> None:
        self.window = window
        window.context.add_init_script(_SETUP)
        if allowed:
            window.context.grant_permissions(["notifications"], origin=window.url)
        key = json.dumps({"public_key": "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u"})
        window.context.route("**/api/push/key", lambda route: route.fulfill(body=key, content_type="application/json"))

    def cards(self, page: Page | None = None) -> Locator:
        region = (page or self.window.page).get_by_role("complementary", name="New messages")
        return region.get_by_role("link")

    def is_ready(self, page: Page | None = None) -> None:
        """The page tells of what comes, and its service worker is at work."""
        (page or self.window.page).wait_for_function(
            "async () => (await navigator.locks.query()).held.some(({ name }) => name.endsWith('.sight'))"
            " && navigator.serviceWorker.getRegistration().then((one) => one?.active?.state === 'activated')"
        )

    def put_out_of_sight(self, *pages: Page, back: bool = False) -> None:
        """Hides pages (or shows them again), and waits until other tabs can know."""
        for page in pages:
            page.evaluate("(value) => window.putOutOfSight(value)", not back)
        if not back:
            pages[0].wait_for_function(
                "async (left) => (await navigator.locks.query()).held"
                ".filter(({ name }) => name.endsWith('.sight')).length === left",
                arg=len([page for page in self.window.context.pages if page not in pages]),
            )

    def without_emulated_focus(self, *pages: Page) -> None:
        for page in pages:
            session = self.window.context.new_cdp_session(page)
            session.send("Emulation.setFocusEmulationEnabled", {"enabled": False})

    def shown(self, page: Page | None = None) -> list[dict[str, Any]]:
        """What stands in the system's list, of pages and worker together."""
        found: list[dict[str, Any]] = (page or self.window.page).evaluate(_SHOWN)
        return found

    def expect_shown(self, count: int, page: Page | None = None) -> None:
        (page or self.window.page).wait_for_function(
            f"async (count) => (await ({_SHOWN})()).length === count", arg=count
        )

    def calls(self) -> list[dict[str, Any]]:
        """Each call by which any page has shown one."""
        return [call for page in self.window.context.pages for call in page.evaluate("window.shown")]

    def sounds(self) -> float:
        return sum(float(page.evaluate("window.sounded")) for page in self.window.context.pages)

    def click(self, tag: str) -> None:
        self.window.context.service_workers[0].evaluate(_CLICK, tag)

    def count(self, expression: str) -> int:
        return int(self.window.page.evaluate(expression))


class Pusher:
    """Hands pushes to the service worker, as DevTools do."""

    def __init__(self, notices: Notices) -> None:
        self.window = notices.window
        self.session: CDPSession = self.window.context.new_cdp_session(self.window.page)
        found: list[dict[str, Any]] = []
        self.session.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
        self.session.send("ServiceWorker.enable")
        while not (ours := [one for one in found if one["scopeURL"].startswith(self.window.url + "/")]):
            self.window.page.wait_for_timeout(20)
        self.registration = ours[-1]["registrationId"]

    def push(self, payload: dict[str, Any] | str) -> None:
        data = payload if isinstance(payload, str) else json.dumps(payload)
        about = {"origin": self.window.url, "registrationId": self.registration, "data": data}
        self.session.send("ServiceWorker.deliverPushMessage", about)


def expect_no_cards(notices: Notices, page: Page | None = None) -> None:
    expect(notices.cards(page)).to_have_count(0)
