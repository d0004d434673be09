"""Windows of a real Chromium, each with cookies of its own, that report whatever went wrong in them."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright, Request, expect

from tests.support.people import Person
from tests.support.waiting import eventually

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A name for this machine that is no secure context, as a chat on a LAN without TLS has.
    "--host-resolver-rules=MAP chat.test 127.0.0.1",
]
NETWORK_TROUBLE = re.compile(
    r"net::ERR_|WebSocket connection to|Failed to load resource: the server responded with a status of"
)
KEPT_UNSENT = """async () => {
    const done = (asking) => new Promise((resolve, reject) => {
        asking.onsuccess = () => resolve(asking.result);
        asking.onerror = () => reject(asking.error);
    });
    const database = await done(indexedDB.open('chat'));
    const count = await done(database.transaction('outbox').objectStore('outbox').count());
    database.close();
    return count;
}"""
WITHIN = 15_000  # ms, for a busy machine
expect.set_options(timeout=WITHIN)


def launch(playwright: Playwright) -> Browser:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert found, "no Chromium; bin/test installs it"
    return playwright.chromium.launch(executable_path=found, args=ARGUMENTS)


class Window:
    """One browser profile with one tab (more by `new_tab`), at one address of the chat."""

    def __init__(self, browser: Browser, url: str, *, network_may_fail: bool = False, **options: Any) -> None:
        self.url = url
        self.network_may_fail = network_may_fail
        self.faults: list[str] = []
        usual = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "timezone_id": "Europe/Berlin"}
        self.context: BrowserContext = browser.new_context(**(usual | options))
        self.context.set_default_timeout(WITHIN)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.faults.append(f"uncaught: {error.error.stack or error.error}"))
        self.context.on("request", self._look)
        self.page = self.new_tab()

    def new_tab(self) -> Page:
        return self.context.new_page()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        if self.network_may_fail and NETWORK_TROUBLE.search(message.text):
            return
        self.faults.append(f"console: {message.text} ({message.location})")

    def _look(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(self.url).netloc:
            self.faults.append(f"a request to another host: {request.url}")

    # The forms

    def sign_up(self, person: Person) -> None:
        self.page.goto(f"{self.url}/signup")
        self.page.get_by_role("textbox", name="Username").fill(person.username)
        self.page.get_by_label("Password", exact=True).fill(person.password)
        self.page.get_by_label("Repeat password").fill(person.password)
        self.page.get_by_role("button", name="Sign up").click()
        self.page.wait_for_url("**/chat")

    def log_in(self, person: Person) -> None:
        self.page.goto(f"{self.url}/login")
        self.page.get_by_role("textbox", name="Username").fill(person.username)
        self.page.get_by_label("Password", exact=True).fill(person.password)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url("**/chat")

    def become(self, person: Person) -> None:
        """Takes over a log-in that was made without a browser."""
        self.context.add_cookies(
            [{"name": cookie.name, "value": cookie.value, "url": self.url} for cookie in person.http.cookies]
        )

    # The chat page

    def open(self, path: str = "/chat", page: Page | None = None) -> None:
        (page or self.page).goto(self.url + path)

    def person_link(self, person: Person, page: Page | None = None) -> Locator:
        people = (page or self.page).get_by_role("navigation", name="People")
        return people.get_by_role("link", name=person.me["display_name"], exact=True)

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message", exact=True)

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log", name="Messages")

    def send(self, text: str, page: Page | None = None) -> None:
        page = page or self.page
        page.get_by_role("textbox", name="Message", exact=True).fill(text)
        page.get_by_role("button", name="Send", exact=True).click()

    def message(self, text: str, page: Page | None = None) -> Locator:
        log = (page or self.page).get_by_role("log", name="Messages")
        return log.get_by_role("article").filter(has=(page or self.page).get_by_text(text, exact=True))

    def expect_messages(self, texts: list[str], page: Page | None = None, within: float = WITHIN) -> None:
        """Exactly these, in this order."""
        log = (page or self.page).get_by_role("log", name="Messages")
        expect(log.locator("article .message-text")).to_have_text(texts, timeout=within)

    def expect_all_sent(self, count: int, page: Page | None = None, within: float = WITHIN) -> None:
        """All of one's own messages, so many, bear the sign of having been sent."""
        log = (page or self.page).get_by_role("log", name="Messages")
        expect(log.get_by_label("Sent", exact=True)).to_have_count(count, timeout=within)
        expect(log.get_by_label(re.compile("Sending|Waiting|Not sent"))).to_have_count(0)

    def expect_connection(self, words: str, within: float = WITHIN) -> None:
        """What the sign of the connection's state says."""
        sign = self.page.get_by_role("complementary", name="You")
        expect(sign).to_contain_text(re.compile(words), timeout=within)

    def expect_connected(self) -> None:
        """Like `expect_live` where the sign is folded away with the list."""
        expect(self.page.locator("[data-state=live]").first).to_be_attached()

    def expect_live(self) -> None:
        self.expect_connection("Live")

    def kept_unsent(self) -> int:
        """How many messages would be there after a reload that have not been sent yet."""
        return int(self.page.evaluate(KEPT_UNSENT))

    def until(self, probe: Callable[[], Any]) -> None:
        """Waits for something that Playwright tells by events, which it hears of only while it is waited for."""
        eventually(lambda: self.page.wait_for_timeout(20) or probe())

    # The end

    def keep_screenshots(self, folder: Path, stem: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(self.context.pages):
            page.screenshot(path=folder / f"{stem}-{number}.png")

    def close(self) -> None:
        self.context.close()
