"""Notifications as a browser shows them, and tabs that are out of sight.

A tab of a headless browser is always `visible`, even in a minimised window, so what a page asks for its visibility is
put in its place. Every tab that is in sight has the focus, too, which is what Playwright emulates.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import CDPSession, Locator, Page, Worker, expect

from tests.support.browser import Window
from tests.support.people import Cast
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually

# Set up before a page's own scripts; counts what a page shows and sounds.
_SETUP = """
(() => {
  if (!globalThis.isSecureContext || !globalThis.ServiceWorkerRegistration) return;
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
# In turn with pages and worker, as they are among themselves: Chromium forgets what is just being shown when it is
# asked for its list.
_SHOWN = """
async () => {
  const here = await navigator.serviceWorker.ready;
  const all = await navigator.locks.request('chat.notices', () => here.getNotifications());
  return all.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
}
"""
_IN_SIGHT = """
async () => (await navigator.locks.query()).held.filter(({ name }) => name.endsWith('.sight')).length
"""
_CLICK = """
async (tag) => {
  const [notification] = await navigator.locks.request('chat.notices', () => registration.getNotifications({ tag }));
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

    def expect_ready(self, page: Page) -> None:
        """The pages, all of them in sight, tell of what comes."""
        eventually(lambda: page.evaluate(_IN_SIGHT) == len(self.window.context.pages))

    def put_out_of_sight(self, *pages: Page, back: bool = False) -> None:
        """Hides pages (or shows them again), and waits until other tabs can know."""
        for page in pages:
            page.evaluate("(value) => window.putOutOfSight(value)", not back)
        seen = len([page for page in self.window.context.pages if back or page not in pages])
        eventually(lambda: pages[0].evaluate(_IN_SIGHT) == seen)

    def shown(self, page: Page | None = None) -> list[dict[str, Any]]:
        """What stands in the system's list, of pages and worker together."""
        found: list[dict[str, Any]] = (page or self.window.page).evaluate(_SHOWN)
        return found

    def expect_shown(self, count: int, page: Page | None = None) -> list[dict[str, Any]]:
        """So many stand there, now or soon."""
        eventually(lambda: len(self.shown(page)) == count)
        return self.shown(page)

    def calls(self) -> list[dict[str, Any]]:
        """Each call by which any page has shown one."""
        return [call for page in self.window.context.pages for call in page.evaluate("window.shown")]

    def sounds(self) -> float:
        return sum(float(page.evaluate("window.sounded")) for page in self.window.context.pages)

    def worker(self) -> Worker:
        """The service worker, once the browser tells of it."""

        self.window.until(lambda: self.window.context.service_workers)
        return self.window.context.service_workers[0]

    def click(self, tag: str) -> None:
        self.worker().evaluate(_CLICK, tag)

    def count(self, expression: str) -> int:
        return int(self.window.page.evaluate(expression))


class Pusher:
    """Hands pushes to the service worker, as DevTools do."""

    def __init__(self, notices: Notices) -> None:
        self.notices, self.window = notices, notices.window
        self.session: CDPSession = self.window.context.new_cdp_session(self.window.page)
        found: list[dict[str, Any]] = []
        self.session.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
        self.session.send("ServiceWorker.enable")
        while not (ours := [one for one in found if one["scopeURL"].startswith(self.window.url + "/")]):
            self.window.page.wait_for_timeout(20)
        self.registration = ours[-1]["registrationId"]

    def leave_chat(self) -> None:
        """Only a page that is none of the chat's is left; one that is about to go would be left to tell what comes.

        By then the worker is at work, and knows who is logged in here.
        """
        worker = self.notices.worker()
        self.window.page.evaluate("async () => { await navigator.serviceWorker.ready; }")
        eventually(lambda: worker.evaluate("async () => Boolean(await get('about', 'here'))"))
        self.window.open("/healthz")
        eventually(lambda: worker.evaluate("async () => (await openPages()).length") == 0)

    def push(self, payload: dict[str, Any] | str) -> None:
        data = payload if isinstance(payload, str) else json.dumps(payload)
        about = {"origin": self.window.url, "registrationId": self.registration, "data": data}
        self.session.send("ServiceWorker.deliverPushMessage", about)


class Scene:
    """Alice's window with Bob's conversation open, one with Charlie beside it, and both of them at their sockets.

    With ``has_clock`` her page has a clock that can be put forward, also for what it has begun already.
    """

    def __init__(
        self,
        server: Server,
        cast: Cast,
        open_window: Callable[..., Window],
        connect: Callable[..., Socket],
        **options: Any,
    ) -> None:
        allowed, has_clock = options.pop("allowed", True), options.pop("has_clock", False)
        self.alice, self.bob, self.charlie = cast.alice, cast.bob, cast.charlie
        self.with_bob, self.with_charlie = self.alice.talk_to(self.bob), self.alice.talk_to(self.charlie)
        self.his, self.theirs = connect(self.bob), connect(self.charlie)
        self.his.send(self.with_bob, "hello")
        self.window = open_window(server, **options)
        self.notices = Notices(self.window, allowed=allowed)
        self.window.become(self.alice)
        self.page = self.window.page
        self._told: list[tuple[str, Any]] = []
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._hear))
        if has_clock:
            self.page.clock.install()
        self.open(self.page)

    def open(self, page: Page) -> None:
        self.window.open(f"/chat/{self.with_bob}", page)
        expect(page.get_by_role("log", name="Messages").get_by_text("hello")).to_be_visible()
        expect(page.locator("[data-state=live]").first).to_be_attached()
        self.notices.expect_ready(page)

    def new_tab(self) -> Page:
        page = self.window.new_tab()
        self.open(page)
        return page

    def _hear(self, frame: str | bytes) -> None:
        if isinstance(frame, str) and frame.startswith("42/chat,["):
            event, *data = json.loads(frame.removeprefix("42/chat,"))
            self._told.append((event, data[0] if data else None))

    def until_told(self, event: str, **wanted: Any) -> None:
        """The first page has been told so, the last time that it was told anything of the kind. What others say
        afterwards comes after it, whichever worker they say it to."""

        def is_told() -> bool:
            last = next((data for name, data in reversed(self._told) if name == event), {})
            return wanted.items() <= last.items()

        self.window.until(is_told)

    def until_known(self, text: str, page: Page | None = None) -> None:
        """The page has the message in its list; whatever it does about it is on its way."""
        expect((page or self.page).get_by_role("navigation", name="People")).to_contain_text(text)
