"""The details of a conversation as a person uses them."""

import re

from playwright.sync_api import Locator, expect

from tests.support.browser import Window
from tests.support.people import Person


class Details:
    """The panel of one window; opened by its button."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.page = window.page
        self.root = self.page.locator("#details")
        self.toggle = self.page.get_by_role("button", name="Details", exact=True)

    def open(self) -> "Details":
        self.toggle.click()
        expect(self.root).to_be_visible()
        return self

    @property
    def rows(self) -> Locator:
        return self.root.get_by_role("list").get_by_role("listitem")

    @property
    def level(self) -> Locator:
        """What one wants to hear of it."""
        return self.root.get_by_role("combobox", name="Notifications")

    @property
    def dialog(self) -> Locator:
        return self.page.locator("dialog[open]")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def row(self, person: Person) -> Locator:
        return self.rows.filter(has_text=person.me["display_name"])

    def expect_people(self, *people: Person) -> None:
        """Exactly these are in it."""
        expect(self.rows).to_have_count(len(people))
        for person in people:
            expect(self.row(person)).to_be_visible()
        count = f"{len(people)} {'person' if len(people) == 1 else 'people'}"
        expect(self.root.get_by_role("heading", name=count)).to_be_visible()

    def menu_of(self, person: Person) -> Locator:
        """What may be done about somebody."""
        self.row(person).get_by_role("button").click()
        return self.page.get_by_role("menu").get_by_role("menuitem")

    def choose(self, person: Person, act: str) -> None:
        self.menu_of(person).filter(has_text=re.compile(f"^{act}$")).click()

    def rename(self, title: str) -> None:
        self.button("Rename").click()
        self.root.get_by_role("textbox", name="Name of the group").fill(title)
        self.page.keyboard.press("Enter")

    def add(self, person: Person, history: str) -> None:
        """Picks somebody by keyboard and chooses what may be read."""
        self.button("Add people").click()
        self.page.keyboard.type(person.username)
        expect(self.dialog.get_by_role("option", name=person.me["display_name"])).to_be_visible()
        self.page.keyboard.press("Enter")
        self.dialog.get_by_role("radio", name=history).check()
        self.dialog.get_by_role("button", name="Add", exact=True).click()
        expect(self.dialog).to_have_count(0)

    def leave(self) -> None:
        self.button("Leave group").click()
        self.dialog.get_by_role("button", name="Leave group").click()


def expect_line(window: Window, text: str) -> None:
    """A system line says so."""
    expect(window.log.locator(".message-system").filter(has_text=text).last).to_be_visible()


def conversation_link(window: Window, name: str) -> Locator:
    """A conversation in the list."""
    return window.page.get_by_role("navigation", name="People").get_by_role("link", name=name, exact=True)
