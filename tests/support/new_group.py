"""The dialog that makes groups, and the navigation, as a person uses them."""

import re

from playwright.sync_api import Locator, expect

from tests.support.browser import Window
from tests.support.people import Person


class NewGroup:
    """The dialog in one window."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.root = window.page.get_by_role("dialog", name="New group")
        self.box = self.root.get_by_role("combobox", name="Find people")
        self.name = self.root.get_by_role("textbox", name=re.compile("^Name"))
        self.offer = self.root.get_by_text("You already have")

    def open(self) -> "NewGroup":
        self.window.page.get_by_role("button", name="New group").click()
        expect(self.box).to_be_focused()
        return self

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def option(self, person: Person) -> Locator:
        return self.root.get_by_role("option").filter(has_text=person.username)

    def chip(self, person: Person) -> Locator:
        return self.button(f"Remove {person.me['display_name']}")

    def pick(self, *people: Person) -> "NewGroup":
        for person in people:
            self.box.fill(person.username)
            self.option(person).click()
            expect(self.chip(person)).to_be_visible()
        return self

    def create(self, *people: Person, title: str = "") -> None:
        self.open().pick(*people)
        self.name.fill(title)
        self.button("Create group").click()
        expect(self.root).to_be_hidden()


class Navigation:
    """The list at the left of one window."""

    def __init__(self, window: Window) -> None:
        self.root = window.page.get_by_role("navigation", name="People")
        self.search = self.root.get_by_role("searchbox", name="Find people")
        self.archived = self.root.get_by_role("button", name=re.compile("^Archived"))

    def section(self, heading: str) -> Locator:
        return self.root.get_by_role("list", name=heading)

    def link(self, name: str, section: str = "Conversations") -> Locator:
        return self.section(section).get_by_role("link", name=name, exact=True)
