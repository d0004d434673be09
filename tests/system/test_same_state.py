"""The state that pages build from live events is the one that a fresh page would have: after each thing that people
can do, for everybody, on one worker and on two."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from tests.support.browser import Window
from tests.support.client_state import ClientState
from tests.support.fresh_state import check_same
from tests.support.people import Cast
from tests.support.server import Server
from tests.support.stacks import OneProcess, Stack

pytestmark = pytest.mark.thorough

Open = Callable[..., Window]


@pytest.fixture(
    scope="module",
    params=[
        "one",
        pytest.param("two", marks=pytest.mark.several_workers),
    ],
)
def shared(request: pytest.FixtureRequest, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of one worker or of two, whatever `--stack` says, whose people are few enough for one page of them."""
    chosen: Stack
    if request.param == "two":
        chosen = request.getfixturevalue("four_workers").with_workers(2)
    else:
        chosen = stack if isinstance(stack, OneProcess) else OneProcess(tmp_path_factory.mktemp("template"))
    server = Server(tmp_path_factory.mktemp("same"), chosen).start()
    yield server
    server.close()


@pytest.fixture
def server(shared: Server) -> Iterator[Server]:
    yield shared
    shared.check_log()


class Four(SimpleNamespace):
    """Alice with two tabs (`alice`, `alice2`), Bob, Charlie, and Dora, who has nothing to do with them."""

    alice: ClientState
    alice2: ClientState
    bob: ClientState
    charlie: ClientState
    dora: ClientState

    def all(self) -> list[ClientState]:
        return [self.alice, self.alice2, self.bob, self.charlie, self.dora]

    def check(self) -> None:
        """All as a fresh page would have it; and Dora has nothing."""
        check_same(self.all())
        assert self.dora.read()["conversations"] == {}

    def group(self, *, is_open: bool = True) -> int:
        """Alice's, with Bob and Charlie; open in one of Alice's tabs and at Bob's."""
        ids = [self.bob.person.id, self.charlie.person.id]
        group = self.alice.do("createGroup", {"title": "Lunch", "userIds": ids})
        for client in (self.alice2, self.bob, self.charlie):
            client.wait_until_known(group)
        for client in (self.alice, self.bob) if is_open else ():
            client.open(group)
        self.check()
        return group


@pytest.fixture
def four(cast: Cast, server: Server, open_window: Open) -> Four:
    people = {name: cast.person(name) for name in ("alice", "bob", "charlie", "dora")}
    windows = {name: open_window(server, person, "/account", network_may_fail=True) for name, person in people.items()}
    clients = {name: ClientState(name, person, windows[name]).start() for name, person in people.items()}
    second = ClientState("alice2", people["alice"], windows["alice"], windows["alice"].new_tab()).start()
    for client in (*clients.values(), second):
        client.wait_until_connected()
    return Four(**clients, alice2=second)


def test_making_groups_and_talking(four: Four) -> None:
    alice, bob, charlie = four.alice, four.bob, four.charlie
    group = four.group()
    untitled = bob.do("createGroup", {"userIds": [charlie.person.id]})
    four.check()
    for number, client in enumerate((alice, four.alice2, bob, charlie, charlie)):
        client.send(group if number != 3 else untitled, f"line {number}")
        four.check()
    charlie.do("rename", group, "Dinner")
    four.check()
    bob.do("rename", untitled, "Breakfast")
    four.check()
    assert bob.do("createGroup", {"userIds": [charlie.person.id]}) != untitled
    four.check()


def test_a_conversation_of_two(four: Four) -> None:
    alice, bob = four.alice, four.bob
    alice.do("openDirect", bob.person.id)
    four.check()
    alice.do("send", {"userId": bob.person.id}, "hello")
    four.check()
    direct = bob.do("openDirect", alice.person.id)
    bob.open(direct)
    four.check()
    bob.send(direct, "hello to you")
    four.check()
    four.charlie.do("send", {"userId": bob.person.id}, "made by its first message")
    four.check()


def test_members_come_and_go(four: Four) -> None:
    alice, bob, charlie = four.alice, four.bob, four.charlie
    group = alice.do("createGroup", {"title": "Lunch", "userIds": []})
    alice.open(group)
    alice.send(group, "before")
    four.check()
    alice.do("addMembers", group, [bob.person.id], "all")
    four.check()
    bob.open(group)
    bob.send(group, "thanks")
    four.check()
    bob.do("addMembers", group, [charlie.person.id], "from_now")
    charlie.wait_until_known(group)
    charlie.open(group)
    four.check()
    charlie.send(group, "what did I miss?")
    four.check()
    alice.do("removeMember", group, charlie.person.id)
    four.check()
    assert str(group) not in charlie.read()["conversations"]
    alice.send(group, "without Charlie")
    four.check()
    alice.do("addMembers", group, [charlie.person.id], "from_now")
    four.check()
    charlie.open(group)
    four.check()
    charlie.do("leave", group)
    four.check()
    bob.do("addMembers", group, [charlie.person.id], "all")
    charlie.wait_until_known(group)
    charlie.open(group)
    charlie.send(group, "now I see it all")
    four.check()


def test_roles(four: Four) -> None:
    alice, bob, charlie = four.alice, four.bob, four.charlie
    group = four.group()
    assert alice.attempt("leave", group)["code"] == "conflict"
    assert bob.attempt("removeMember", group, charlie.person.id)["code"] == "forbidden"
    alice.do("setRole", group, bob.person.id, "owner")
    four.check()
    bob.do("setRole", group, alice.person.id, "member")
    four.check()
    assert alice.attempt("setRole", group, charlie.person.id, "owner")["code"] == "forbidden"
    four.alice2.do("leave", group)
    four.check()
    bob.do("removeMember", group, charlie.person.id)
    bob.do("leave", group)
    four.check()
    assert bob.read()["conversations"] == {}


def test_read_marks(four: Four) -> None:
    alice, bob, charlie = four.alice, four.bob, four.charlie
    group = four.group()
    for number in range(4):
        bob.send(group, f"line {number}")
    four.check()
    alice.do("read", {"conversationId": group})
    four.check()
    assert alice.read()["total_unread"] == 0
    charlie.do("read", {"conversationId": group}, 3)
    four.check()
    assert charlie.read()["conversations"][str(group)]["unread"] == 2
    charlie.do("markUnread", group, 2)
    four.check()
    four.alice2.do("markUnread", group)
    four.check()
    alice.do("markUnreadFrom", {"conversationId": group}, 3)
    four.check()
    alice.send(group, "who answers has read")
    four.check()
    four.alice2.do("read", {"conversationId": group})
    bob.do("read", {"conversationId": group})
    four.check()
    alice.send(group, "nothing was left before this one")
    four.check()


def test_own_settings(four: Four) -> None:
    alice, bob = four.alice, four.bob
    group, other = four.group(), four.group(is_open=False)
    alice.do("setOwn", group, {"notify": "nothing"})
    four.check()
    bob.send(group, "muted")
    bob.send(other, "not muted")
    four.check()
    assert four.alice2.read()["total_unread"] == 1
    for shelf in ("archived", "hidden", None, "archived"):
        four.alice2.do("setOwn", group, {"shelf": shelf})
        four.check()
    bob.do("setOwn", group, {"shelf": "hidden", "notify": "mentions"})
    four.check()
    assert alice.read()["archived"] == [group]
    four.charlie.send(group, "brings it back")
    four.check()
    assert group in alice.read()["list"]
    alice.do("setOwn", group, {"shelf": "archived", "notify": "all"})
    bob.do("rename", group, "Dinner")
    four.check()
    assert alice.read()["archived"] == []


def test_deleting_and_restoring(four: Four) -> None:
    alice, bob, charlie = four.alice, four.bob, four.charlie
    group = alice.do("createGroup", {"title": "Lunch", "userIds": [bob.person.id]})
    for client in (four.alice2, bob):
        client.wait_until_known(group)
        client.open(group)
    for number in range(3):
        alice.send(group, f"line {number}")
    four.check()
    bob.do("addMembers", group, [charlie.person.id], "from_now")
    charlie.wait_until_known(group)
    charlie.open(group)
    alice.send(group, "hello, Charlie")
    four.check()
    told = alice.person.messages(group)
    first, last = (next(one["id"] for one in told if one["body"] == body) for body in ("line 0", "hello, Charlie"))
    for message_id in (last, first):
        alice.do("deleteMessage", message_id)
        four.check()
    assert bob.read()["conversations"][str(group)]["unread"] == 2
    alice.do("restoreMessage", first)
    four.check()
    bob.do("cut")
    four.alice2.do("restoreMessage", last)
    four.check()
    assert bob.read()["conversations"][str(group)]["unread"] == 4
    assert charlie.read()["conversations"][str(group)]["unread"] == 1


def test_receipts_switched_off_and_on(four: Four) -> None:
    alice, bob, charlie = four.alice, four.bob, four.charlie
    group = four.group()
    charlie.open(group)
    alice.send(group, "who has seen this?")
    four.check()
    for client in (bob, charlie):
        client.do("read", {"conversationId": group})
    four.check()
    bob.do("setAccount", {"shares_reads": False})
    four.check()
    alice.send(group, "and this?")
    four.check()
    for client in (bob, charlie):
        client.do("read", {"conversationId": group})
    four.check()
    bob.send(group, "not saying")
    four.check()
    bob.do("setAccount", {"shares_reads": True})
    four.check()
    for client in (alice, charlie, bob):
        client.do("read", {"conversationId": group})
    bob.send(group, "saying")
    four.check()
    four.alice2.do("setAccount", {"shares_reads": False})
    four.check()
    alice.do("setAccount", {"shares_reads": True})
    four.check()


def test_somebody_new(four: Four, cast: Cast, server: Server, open_window: Open) -> None:
    newcomer = cast.person("bea")
    four.check()
    client = ClientState("bea", newcomer, open_window(server, newcomer, "/account")).start()
    client.do("send", {"userId": four.bob.person.id}, "hello, I am new")
    four.check()
    check_same([client])
    group = four.group()
    four.bob.do("addMembers", group, [newcomer.id], "all")
    client.wait_until_known(group)
    client.open(group)
    four.check()
    check_same([client])


def test_what_was_missed_while_away(four: Four, cast: Cast) -> None:
    """Connections are cut in the middle of everything; who comes back has it all."""
    alice, bob, charlie = four.alice, four.bob, four.charlie
    group = four.group()
    gone = bob.do("createGroup", {"title": "For a while", "userIds": [charlie.person.id]})
    four.check()
    for client in (four.alice2, charlie):
        client.do("cut")
    bob.do("rename", group, "Dinner")
    alice.send(group, "while you were away")
    alice.do("read", {"conversationId": group})
    alice.do("setOwn", group, {"notify": "nothing"})
    bob.do("removeMember", gone, charlie.person.id)
    bob.do("createGroup", {"title": "New", "userIds": [charlie.person.id, alice.person.id]})
    cast.person("new")
    four.check()
    charlie.reload()
    four.check()
