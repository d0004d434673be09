"""Messages as a person meets them in a window."""

from playwright.sync_api import Locator, Page

from tests.support.browser import Window

TOP = "node => node.getBoundingClientRect().top"


def row(window: Window, start: str) -> Locator:
    """The message whose text begins so."""
    return window.log.get_by_role("article").filter(
        has=window.page.locator(f".message-text:text-matches('^{start}( and|$)')")
    )


def focused_text(page: Page) -> str:
    """The text of the message that has the focus."""
    return page.evaluate("document.activeElement.querySelector('.message-text')?.textContent ?? ''")


def choose(window: Window, message: Locator, act: str) -> None:
    """From the menu of a message, by pointer."""
    message.hover()
    message.get_by_role("button", name="More").click()
    window.page.get_by_role("menuitem", name=act, exact=True).click()
