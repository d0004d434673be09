"""Two who do the same, or the opposite, at the same moment: one group, one order, one state for everybody."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.support.groups import add, create, leave, make_group, remove, rename, set_role, view
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.together import all_at_once, one_after_the_other
from tests.support.waiting import eventually

Connect = Callable[..., Socket]
SHARED = ("title", "members", "member_count")


def tabs_of(*people: Person) -> list[Person]:
    """Each with a connection of its own to send requests by."""
    tabs = []
    for person in people:
        known = person.me, person.token  # before the cookies: the token lives in the session
        tab = person.copy_of_cookies()
        tab._me, tab._token = known
        tabs.append(tab)
    return tabs


def test_eight_at_once_make_one_untitled_group(server: Server, cast: Cast) -> None:
    people = [cast.alice, cast.bob, cast.charlie]
    ids = [person.id for person in people]
    tabs = tabs_of(*people, *people, *people[:2])
    answers = all_at_once(*(partial(create, tab, [other for other in ids if other != tab.id]) for tab in tabs))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["conversation"]["id"] for answer in answers}) == 1
    assert len(cast.charlie.json("/api/conversations")["conversations"]) == 1


@pytest.mark.parametrize("picked", ["the same", "different ones"])
def test_one_client_id_makes_one_group_however_often_it_is_sent_at_once(cast: Cast, picked: str) -> None:
    alice, others = cast.alice, [cast.bob.id, cast.charlie.id]
    client_id = str(uuid.uuid4())
    choices = [others] if picked == "the same" else [others, others[:1], others[1:], []]
    answers = all_at_once(
        *(
            partial(create, tab, choices[number % len(choices)], title="Once", client_id=client_id)
            for number, tab in enumerate(tabs_of(*[alice] * 8))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201], [a.text for a in answers]
    assert len({answer.json()["conversation"]["id"] for answer in answers}) == 1
    assert len(alice.json("/api/conversations")["conversations"]) == 1


def test_both_owners_leave_at_once(cast: Cast) -> None:
    """One of them is the only owner then, and stays."""
    for _ in range(5):
        group = make_group(cast.alice, cast.bob, cast.charlie)
        set_role(cast.alice, group, cast.bob, "owner")
        answers = all_at_once(*(partial(leave, tab, group) for tab in tabs_of(cast.alice, cast.bob)))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        roles = sorted(member["role"] for member in view(cast.charlie, group)["members"])
        assert roles == ["member", "owner"]


class Mirror:
    """What one page knows of a group, kept by the rules of docs/protocol.md from what it is told live."""

    def __init__(self, socket: Socket, group: int) -> None:
        self.socket = socket
        self.group = group

    def state(self) -> dict[str, Any] | None:
        """What all members share of it; None when it is no longer one's own."""
        state: dict[str, Any] | None = None
        for event, data in list(self.socket.events):
            told = data.get("conversation", {}) if isinstance(data, dict) else {}
            if told.get("id") != self.group:
                continue
            if event == "conversation_added":
                state = {"version": told["version"], **{name: told[name] for name in SHARED}}
            elif event == "conversation_removed":
                state = None
            elif event == "conversation_changed" and state is not None and told["version"] >= state["version"]:
                state = {"version": told["version"], **{name: told[name] for name in SHARED}}
        return state

    def seqs(self) -> list[int]:
        """Of the messages it was told."""
        told = self.socket.got("message_created", lambda data: data["message"]["conversation_id"] == self.group)
        return [data["message"]["seq"] for data in told]


def steps_of(who: Person, group: int, word: str, own: Person, shared: Person) -> list[Callable[[], Any]]:
    """Renames, and people coming and going: one nobody else cares for, and one whom both bring in and send away."""
    steps: list[Callable[[], Any]] = []
    for number in range(6):
        steps += [
            partial(rename, who, group, f"{word} {number}"),
            partial(add, who, group, own),
            partial(add, who, group, shared, history="from_now"),
            partial(remove, who, group, own),
            partial(remove, who, group, shared),
        ]
    return [*steps, partial(add, who, group, own)]


def test_two_owners_change_everything_at_once(server: Server, cast: Cast, connect: Connect) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    dora, eve, finn = (cast.person(stem) for stem in ("dora", "eve", "finn"))
    sockets = {person: [connect(person), connect(person)] for person in (alice, bob, charlie, dora, eve, finn)}
    group = make_group(alice, bob, charlie)
    set_role(alice, group, bob, "owner")
    hers, his = tabs_of(alice, bob)
    answers = all_at_once(
        one_after_the_other(steps_of(hers, group, "hers", dora, finn)),
        one_after_the_other(steps_of(his, group, "his", eve, finn)),
    )
    codes = {answer.status_code for some in answers for answer in some}
    assert codes <= {200, 404}, "who has been removed already is not there"
    check_dense_and_told(server, charlie, group, sum(answer.status_code == 200 for some in answers for answer in some))
    connect(charlie).send(group, "enough")
    check_all_agree(sockets, group, charlie)


def check_dense_and_told(server: Server, witness: Person, group: int, changes: int) -> None:
    """Every change is one line, and its version is the next one; who was there from the start sees them all."""
    messages = witness.messages(group)
    count = len(messages)
    assert [message["seq"] for message in messages] == list(range(1, count + 1))
    assert [message["version"] for message in messages] == list(range(1, count + 1))
    shown = view(witness, group)
    assert (shown["last_seq"], shown["version"]) == (count, count)
    named = [message["body"] for message in messages if " named the group " in message["body"]]
    assert len(named) == 12
    assert named[-1].endswith(f" named the group {shown['title']}")
    # Of these, additions of who is in already are no changes.
    assert count - 2 <= changes
    come = sum(len(message["body"].split(" added ")[1:]) for message in messages)
    gone = sum(" removed " in message["body"] for message in messages)
    assert come - gone == shown["member_count"] - 3


def check_all_agree(sockets: dict[Person, list[Socket]], group: int, witness: Person) -> None:
    """Every page of everybody has come to the state that the server tells, or has been told that it is out."""
    truth = view(witness, group)
    members = {member["id"] for member in truth["members"]}
    wanted = {name: truth[name] for name in SHARED}
    for person, tabs in sockets.items():
        for socket in tabs:
            mirror = Mirror(socket, group)

            def differs(mirror: Mirror = mirror, is_in: bool = person.id in members) -> Any:
                state = mirror.state()
                shared = state and {name: state[name] for name in SHARED}
                hears = not is_in or truth["last_seq"] in mirror.seqs()
                return None if shared == (wanted if is_in else None) and hears else (shared, wanted, is_in, hears)

            try:
                eventually(lambda differs=differs: not differs())
            except AssertionError:
                raise AssertionError(f"{person.username}: {differs()} {socket.events[-12:]}") from None
            seqs = mirror.seqs()
            assert len(seqs) == len(set(seqs)), "told twice"
            if person.id not in members:
                assert truth["last_seq"] not in seqs
