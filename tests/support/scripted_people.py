"""People who do everything that one can do, at random and all at once, over connections that break."""

import json
import random
import time
from typing import Any

from tests.support.client_state import ClientState
from tests.support.database import Database
from tests.support.fresh_state import unlike
from tests.support.people import Cast
from tests.support.proxy import Proxy
from tests.support.running import ROOT
from tests.support.stored_state import Authors, faults_of
from tests.support.waiting import eventually

SCRIPT = (ROOT / "tests/support/random_steps.js").read_text()
# fmt: off
IN_PAGE = {
    "send": 40, "say_to_somebody": 2, "delete": 3, "undelete": 3,
    "read_all": 12, "read_some": 6, "mark_unread": 4, "open": 6, "close": 2,
    "look_back": 2, "look_at_end": 2, "notify": 2, "shelf": 4, "rename": 3, "add": 7, "remove": 3, "leave": 1.5,
    "role": 4, "create": 0.5, "create_untitled": 0.5, "share_reads": 1.5, "cut": 1.5,
}
# fmt: on
AROUND = {"drop": 1, "cut_wire": 0.5, "reload": 1, "sign_up": 0.3}
# What may be answered to somebody who does things at random, and what comes of a broken line and a busy server.
EXPECTED = {None, "forbidden", "not_found", "conflict", "offline", "timeout", "unavailable"}
CONVERGED_WITHIN = 30  # seconds: the contract


class ScriptedPeople:
    """Each has a page, and a wire of its own."""

    def __init__(
        self, clients: list[ClientState], wires: list[Proxy], database: Database, cast: Cast, seed: int
    ) -> None:
        self.clients = clients
        self.wires = wires
        self.database = database
        self.cast = cast
        self.dice = random.Random(seed)
        self.sent: dict[str, ClientState] = {}  # text -> by whom
        self.deleted: set[str] = set()  # texts that may be gone for good
        self.trace: list[str] = []
        self.surprises: list[str] = []
        self.slowest = 0.0
        self._began = time.monotonic()
        self._restore_at: dict[Proxy, float] = {}
        for client in clients:
            client.page.evaluate(SCRIPT)

    def run(self, count: int) -> None:
        """So many steps, without waiting for what they come to."""
        steps = IN_PAGE | AROUND
        for number in range(count):
            name = self.dice.choices(list(steps), list(steps.values()))[0]
            who = self.dice.randrange(len(self.clients))
            rolls = [self.dice.random() for _ in range(4)]
            getattr(self, f"_{name}", self._in_page)(name, who, rolls)
            self._restore(time.monotonic())
            if number % 10 == 0:
                self.clients[0].page.wait_for_timeout(self.dice.choice([0, 20, 100, 300]))

    def settle(self) -> None:
        """Lets everything come to rest, and checks that all agree."""
        self._restore(float("inf"))
        start = time.monotonic()
        problems: list[str] = []

        def has_settled() -> bool:
            problems[:] = self._unfinished() or self._differences()
            return not problems

        try:
            eventually(has_settled, within=CONVERGED_WITHIN, every=0.25)
        except AssertionError:
            problems.insert(0, f"not the same after {CONVERGED_WITHIN} s:")
        self.slowest = max(self.slowest, time.monotonic() - start)
        problems += self.surprises + self._lost()
        assert not problems, "\n".join(["", *problems, "", "the last steps:", *self.trace[-150:]])

    # Steps

    def _in_page(self, name: str, who: int, rolls: list[float]) -> None:
        client = self.clients[who]
        text = f"{name} {len(self.trace)}"
        done = client.page.evaluate("([name, rolls, text]) => client.step(name, rolls, text)", [name, rolls, text])
        self._note(who, done or f"{name}: nothing there")
        if done and done.startswith("send"):
            self.sent[text] = client
        if done and done.startswith("deleteMessage"):
            self.deleted.add(json.loads(done.partition(" ")[2])[1])

    def _drop(self, _name: str, who: int, _rolls: list[float]) -> None:
        self._note(who, "the wire is dropped")
        self.wires[who].drop()

    def _cut_wire(self, _name: str, who: int, rolls: list[float]) -> None:
        self._note(who, "the wire is cut")
        self.wires[who].cut()
        self._restore_at[self.wires[who]] = time.monotonic() + 2 * rolls[0]

    def _reload(self, _name: str, who: int, _rolls: list[float]) -> None:
        """Once what was typed is in the browser's storage; the page begins with nothing else."""
        client = self.clients[who]
        self._mend(self.wires[who])
        eventually(lambda: all(item["isSaved"] for item in self._pending(client)["unsent"]), within=10)
        self._note(who, "reloads")
        client.reload()
        client.page.evaluate(SCRIPT)

    def _sign_up(self, _name: str, who: int, _rolls: list[float]) -> None:
        self._note(who, f"not doing anything; {self.cast.person('new').username} signs up")

    def _restore(self, moment: float) -> None:
        for wire in [wire for wire, due in self._restore_at.items() if due <= moment]:
            self._mend(wire)

    def _mend(self, wire: Proxy) -> None:
        if self._restore_at.pop(wire, None) is not None:
            self._note(self.wires.index(wire), "the wire is mended")
            wire.restore()

    def _note(self, who: int, what: str) -> None:
        self.trace.append(f"{time.monotonic() - self._began:6.2f} {self.clients[who].name}: {what}")

    # What came of it

    def _pending(self, client: ClientState) -> dict[str, Any]:
        pending = client.pending()
        for outcome in pending["outcomes"]:
            if outcome.get("code") not in EXPECTED:
                self.surprises.append(f"{client.name}: {outcome}")
        return pending

    def _unfinished(self) -> list[str]:
        found = []
        for client in self.clients:
            pending = self._pending(client)
            waiting = [item["body"] for item in pending["unsent"] if item["state"] != "failed"]
            if pending["running"] or waiting or not pending["isConnected"]:
                found.append(
                    f"{client.name}: {pending['running']} under way, {waiting} unsent, {pending['isConnected']=}"
                )
        return found

    def _differences(self) -> list[str]:
        authors = Authors(self.database)
        found = [line for client in self.clients for line in unlike(client, authors.reach)]
        pages = {client.name: (client.person.id, client.read()) for client in self.clients}
        return found or faults_of(self.database, pages, authors)

    def _lost(self) -> list[str]:
        """Each text is stored once, or was refused and says so, never both; or it was deleted."""
        stored: dict[str, int] = {}
        for row in self.database.rows("SELECT body, count(*) AS count FROM message WHERE kind = 'text' GROUP BY body"):
            stored[row["body"]] = row["count"]
        refused = {item["body"] for client in self.clients for item in client.pending()["unsent"]}
        kept = self.sent.keys() - self.deleted
        counts = {text: stored.get(text, 0) + (text in refused) for text in kept}
        return [
            f"{self.sent[text].name}: {text!r} is there {count} times" for text, count in counts.items() if count != 1
        ]
