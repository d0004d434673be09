"""The state of the app's own pages without what draws it: its modules, in a real browser, as plain data."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page

from tests.support.browser import Window
from tests.support.people import Person
from tests.support.waiting import eventually

SCRIPT = Path(__file__).with_suffix(".js").read_text()
# Has the app's modules within reach, and no chat that runs.
PLAIN_PAGE = "/account"
BROKEN_WIRE = re.compile("net::ERR_|The server could not be reached")


class ClientState:
    """One tab of one person, who is logged in in its window."""

    def __init__(self, name: str, person: Person, window: Window, page: Page | None = None) -> None:
        self.name = name
        self.person = person
        self.window = window
        self.page = page or window.page

    def start(self, path: str = "/chat") -> "ClientState":
        """Begins with the snapshot of a page, or anew with another one."""
        self.window.open(PLAIN_PAGE, self.page)
        self.page.evaluate(SCRIPT, path)
        return self

    def reload(self) -> None:
        """Once more where the wire broke on the way."""
        eventually(self._has_started, within=30)

    def _has_started(self) -> bool:
        try:
            self.start()
        except Error as error:
            if BROKEN_WIRE.search(error.message):
                return False
            raise
        return True

    # What a person does. A target is {"conversationId"} or {"userId"}.

    def do(self, name: str, *values: Any) -> int:
        """Has something done to the end; the id of the conversation that comes of it, or 0."""
        outcome = self.attempt(name, *values)
        assert "code" not in outcome, (self.name, name, values, outcome)
        return outcome["id"] or 0

    def attempt(self, name: str, *values: Any) -> dict[str, Any]:
        outcome: dict[str, Any] = self.page.evaluate(
            "([name, values]) => client.do(name, values)", [name, list(values)]
        )
        return outcome

    def begin(self, name: str, *values: Any) -> None:
        """Has something done, without waiting for it."""
        self.page.evaluate("([name, values]) => client.begin(name, values)", [name, list(values)])

    def open(self, conversation_id: int) -> None:
        self.do("open", {"conversationId": conversation_id})

    def send(self, conversation_id: int, body: str) -> None:
        self.do("send", {"conversationId": conversation_id}, body)

    # What is known

    def read(self) -> dict[str, Any]:
        state: dict[str, Any] = self.page.evaluate("() => client.read()")
        return state

    def pending(self) -> dict[str, Any]:
        pending: dict[str, Any] = self.page.evaluate("() => client.pending()")
        return pending

    def wait_until_connected(self) -> None:
        eventually(lambda: self.pending()["isConnected"], within=30)

    def wait_until_known(self, conversation_id: int) -> None:
        eventually(lambda: str(conversation_id) in self.read()["conversations"], within=15)
