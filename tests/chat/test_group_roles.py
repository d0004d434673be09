"""Who may do what: each role by each action, over HTTP, the socket and the pages."""

import contextlib
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from socketio.exceptions import ConnectionError as Refused

from tests.support.crowd import deactivated
from tests.support.groups import add, make_group, remove, rename, set_role, settings
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket

ROLES = ("owner", "member", "heir", "removed", "stranger", "guest")
# An heir is a member of a group whose only owner is deactivated; a guest has not logged in.
TABLE = """
                     owner      member     heir       removed    stranger   guest
show                 ok         ok         ok         not_found  not_found  login_required
messages             ok         ok         ok         not_found  not_found  login_required
changes              ok         ok         ok         not_found  not_found  login_required
members              ok         ok         ok         not_found  not_found  login_required
readers              ok         ok         ok         not_found  not_found  login_required
page                 ok         ok         ok         not_found  not_found  login_required
permalink            ok         ok         ok         not_found  not_found  login_required
message_create       ok         ok         ok         not_found  not_found  login_required
read_mark            ok         ok         ok         not_found  not_found  login_required
unread_mark          ok         ok         ok         not_found  not_found  login_required
rename               ok         ok         ok         not_found  not_found  login_required
settings             ok         ok         ok         not_found  not_found  login_required
add                  ok         ok         ok         not_found  not_found  login_required
remove               ok         forbidden  ok         not_found  not_found  login_required
leave                conflict   ok         ok         not_found  not_found  login_required
make an owner        ok         forbidden  ok         not_found  not_found  login_required
become an owner      ok         forbidden  ok         not_found  not_found  login_required
step down            conflict   forbidden  ok         not_found  not_found  login_required
"""
CASES = [
    (line[:21].strip(), role, wanted)
    for line in TABLE.splitlines()[2:]
    for role, wanted in zip(ROLES, line[21:].split(), strict=True)
]
IN_DIRECT = [
    *(("show", role, "ok") for role in ("owner", "member")),
    *(("settings", role, "ok") for role in ("owner", "member")),
    *(
        (action, role, "not_found" if role == "stranger" else "forbidden")
        for action in ("rename", "add", "remove", "leave", "make an owner", "step down")
        for role in ("owner", "member", "stranger")
    ),
]


class House:
    """The people of all cases, signed up once, with a socket each."""

    def __init__(self, server: Server) -> None:
        self.database = server.database
        self.cast = Cast(server.url)
        self.owner, self.member, self.removed, self.stranger, self.friend, self.newcomer, self.ghost = (
            self.cast.person(stem) for stem in ("owner", "member", "removed", "stranger", "friend", "newcomer", "ghost")
        )
        self.heir = self.member
        self.guest = self.cast.stranger("guest")
        self.guest._token = self.guest.form_token("/login")
        self.sockets = {
            person: Socket(person).connect() for person in (self.owner, self.member, self.removed, self.stranger)
        }

    @contextlib.contextmanager
    def group(self, role: str) -> Iterator[int]:
        """One with a line of each kind, whose owner is away where there is to be an heir."""
        maker = self.ghost if role == "heir" else self.owner
        others = {self.member, self.removed, self.friend}
        group = make_group(maker, *others)
        assert remove(maker, group, self.removed).status_code == 200
        with deactivated(self.database, self.ghost) if role == "heir" else contextlib.nullcontext():
            yield group

    def known(self, who: Person) -> Person:
        """Oneself; a guest, who has no id, means somebody else's."""
        return self.friend if who is self.guest else who

    def emit(self, who: Person, event: str, data: dict[str, Any]) -> str:
        """The outcome of a socket's event."""
        kept = self.sockets.get(who)
        socket = kept if kept and kept.is_connected else Socket(who)
        try:
            if socket is not kept:
                socket.connect()
            ack = socket.request(event, data)
        except Refused:
            return str(socket.refusal["message"])
        finally:
            if socket is not kept:
                socket.close()
        return "ok" if ack["ok"] else str(ack["error"]["code"])

    def close(self) -> None:
        for socket in self.sockets.values():
            socket.close()
        self.cast.close()


@pytest.fixture(scope="module")
def house(shared_server: Server) -> Iterator[House]:
    made = House(shared_server)
    yield made
    made.close()


def sent(conversation: int) -> dict[str, Any]:
    return {"conversation_id": conversation, "client_id": str(uuid.uuid4()), "body": "let me in"}


def at(path: str) -> Callable[[House, Person, int], requests.Response]:
    return lambda house, who, group: who.get(path.format(group))


ACTIONS: dict[str, Callable[[House, Person, int], requests.Response | str]] = {
    "show": at("/api/conversations/{}"),
    "messages": at("/api/conversations/{}/messages"),
    "changes": at("/api/conversations/{}/changes?since=0"),
    "members": at("/api/conversations/{}/members"),
    "readers": at("/api/conversations/{}/messages/1/readers"),
    "page": at("/chat/{}"),
    "permalink": at("/chat/{}/1"),
    "message_create": lambda house, who, group: house.emit(who, "message_create", sent(group)),
    "read_mark": lambda house, who, group: house.emit(who, "read_mark", {"conversation_id": group, "seq": 1}),
    "unread_mark": lambda house, who, group: house.emit(who, "unread_mark", {"conversation_id": group, "seq": 1}),
    "rename": lambda house, who, group: rename(who, group, "Dinner"),
    "settings": lambda house, who, group: settings(who, group, notify="nothing"),
    "add": lambda house, who, group: add(who, group, house.newcomer),
    "remove": lambda house, who, group: remove(who, group, house.friend),
    "leave": lambda house, who, group: remove(who, group, house.known(who)),
    "make an owner": lambda house, who, group: set_role(who, group, house.friend, "owner"),
    "become an owner": lambda house, who, group: set_role(who, group, house.known(who), "owner"),
    "step down": lambda house, who, group: set_role(who, group, house.known(who), "member"),
}


def outcome(answer: requests.Response | str) -> str:
    if isinstance(answer, str):
        return answer
    if answer.status_code in (200, 201):
        return "ok"
    if answer.status_code == 302:
        assert "/login" in answer.headers["Location"]
        return "login_required"
    if "json" not in answer.headers["Content-Type"]:
        return {404: "not_found", 403: "forbidden"}[answer.status_code]
    error = answer.json()["error"]
    assert error["message"]
    return str(error["code"])


def stored(house: House, group: int) -> list[Any]:
    """All that the actions could change, in all conversations of these people."""
    members = "SELECT user_id, role, left_at, notify, last_read_seq FROM membership WHERE conversation_id = ?"
    return [
        house.database.rows("SELECT * FROM conversation WHERE id = ?", group),
        house.database.rows(f"{members} ORDER BY user_id", group),
        house.database.rows("SELECT seq, body FROM message WHERE conversation_id = ? ORDER BY seq", group),
    ]


@pytest.mark.parametrize(("action", "role", "wanted"), CASES, ids=lambda word: word.replace(" ", "-"))
def test_role_by_action(server: Server, house: House, action: str, role: str, wanted: str) -> None:
    with house.group(role) as group:
        before = stored(house, group)
        answer = ACTIONS[action](house, getattr(house, role), group)
        assert outcome(answer) == wanted
        if wanted != "ok":
            assert stored(house, group) == before, "it was refused and done all the same"


@pytest.mark.parametrize(("action", "role", "wanted"), IN_DIRECT, ids=lambda word: word.replace(" ", "-"))
def test_a_conversation_of_two_stays_one(server: Server, house: House, action: str, role: str, wanted: str) -> None:
    conversation = house.owner.talk_to(house.member)
    before = stored(house, conversation)
    assert outcome(ACTIONS[action](house, getattr(house, role), conversation)) == wanted
    if wanted != "ok":
        assert stored(house, conversation) == before
