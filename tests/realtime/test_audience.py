"""Who hears what is said in a conversation while it is looked up who is in it."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from chatapp.extensions import socketio
from chatapp.realtime import audience, heads, rooms, sockets
from chatapp.realtime.audience import Packet
from chatapp.realtime.rooms import Place
from chatapp.realtime.sockets import Socket

CONVERSATION = 7
ANN, BOB, DAN = 1, 2, 3


class Manager:
    """Rooms, and who was sent what."""

    def __init__(self) -> None:
        self.rooms: dict[str, set[str]] = {}
        self.heard: list[tuple[int, str]] = []

    def enter_room(self, sid: str, room: str, namespace: str) -> None:
        self.rooms.setdefault(room, set()).add(sid)

    def leave_room(self, sid: str, namespace: str, room: str) -> None:
        self.rooms[room].discard(sid)

    def has_members(self, room: str) -> bool:
        return bool(self.rooms.get(room))

    def get_participants(self, namespace: str, room: str) -> Iterator[tuple[str, str]]:
        yield from [(sid, sid) for sid in sorted(self.rooms[room])]

    def deliver(self, room: str, text: str, skip_sid: str | None) -> None:
        for sid in sorted(self.rooms.get(room, ())):
            if sid != skip_sid:
                self.heard.append((int(sid), text))

    def connection(self, sid: str) -> Any:
        """Of one socket that is sent something by itself."""
        return SimpleNamespace(send_message=lambda text, _frame: self.heard.append((int(sid), text)))


class House:
    """One process, a database that says who is in, and what happens while it is asked.

    ``members_version`` is the version of the conversation as well: nothing else moves it.
    """

    def __init__(self) -> None:
        self.manager = Manager()
        self.members_version = 1
        self.members = {ANN, BOB}
        self.tasks: list[Callable[[], None]] = []
        self.meanwhile: list[Callable[[], Any]] = []
        self.removed: list[int] = []
        self.sockets: dict[int, Socket] = {}

    def connect(self, user_id: int) -> None:
        sid = str(user_id)
        self.sockets[user_id] = Socket(sid, user_id, user_id, self.manager.connection(sid))
        sockets.add(self.sockets[user_id])
        self.join(user_id)

    def join(self, user_id: int, version: int | None = None) -> None:
        version = version or self.members_version
        rooms.join(self.sockets[user_id], Place(CONVERSATION, version, version))

    def change(self, members: set[int]) -> None:
        self.members_version += 1
        self.members = members

    def ask(self, _conversation_id: int) -> set[int]:
        """The answer is as of now; it arrives when something else has happened."""
        answer = set(self.members)
        while self.meanwhile:
            self.meanwhile.pop(0)()
        return answer

    def say(self, text: str) -> None:
        audience.deliver(CONVERSATION, Packet(text, self.members_version))

    def run(self) -> None:
        while self.tasks:
            self.tasks.pop(0)()

    def heard_by(self, user_id: int) -> list[str]:
        return [text for hearer, text in self.manager.heard if hearer == user_id]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    made = House()
    server = SimpleNamespace(manager=made.manager, enter_room=made.manager.enter_room)
    monkeypatch.setattr(socketio, "server", server)
    monkeypatch.setattr(socketio, "sleep", lambda _seconds: None)
    monkeypatch.setattr(socketio, "start_background_task", lambda work, *args: made.tasks.append(lambda: work(*args)))
    monkeypatch.setattr(audience.Conversation, "members_version_of", lambda _id: made.members_version)
    monkeypatch.setattr(audience.Membership, "present_in", made.ask)
    monkeypatch.setattr(
        audience, "_tell_removed", lambda socket, _id: made.removed.append(socket.user_id), raising=False
    )
    monkeypatch.setattr(audience, "_app", SimpleNamespace(app_context=nullcontext), raising=False)
    for user_id in (ANN, BOB):
        made.connect(user_id)
    yield made
    for user_id in made.sockets:
        sockets.remove(str(user_id))
    heads.forget(CONVERSATION)


def test_who_was_removed_elsewhere_hears_nothing_more(house: House) -> None:
    house.say("before")
    house.change({ANN})
    house.say("after")
    house.say("and after that")
    assert house.heard_by(ANN) == ["before"], "it waits until they are looked up"
    house.run()
    assert house.heard_by(ANN) == ["before", "after", "and after that"]
    assert house.heard_by(BOB) == ["before"]
    assert house.removed == [BOB]


def test_who_is_added_while_it_is_looked_up_stays(house: House) -> None:
    house.change({ANN})

    def add_dan() -> None:
        house.change({ANN, DAN})
        house.connect(DAN)
        house.say("hello Dan")

    house.meanwhile.append(add_dan)
    house.say("goodbye Bob")
    house.run()
    assert house.removed == [BOB]
    assert house.heard_by(DAN)[-1] == "hello Dan"
    assert house.heard_by(ANN) == ["goodbye Bob", "hello Dan"]


def test_who_comes_back_while_it_is_looked_up_stays(house: House) -> None:
    house.change({ANN})

    def add_bob_again() -> None:
        house.change({ANN, BOB})
        house.join(BOB)

    house.meanwhile.append(add_bob_again)
    house.say("goodbye Bob")
    house.run()
    house.say("hello again")
    house.run()
    assert house.removed == []
    assert house.heard_by(BOB)[-1] == "hello again"


def test_who_joins_by_what_was_so_before_is_found_out(house: House) -> None:
    """A page that connects has read who is in before the removal, and gets into the room after it."""
    house.change({ANN})
    house.meanwhile.append(lambda: (house.connect(DAN), house.join(DAN, version=1)))
    house.say("goodbye")
    house.run()
    house.say("among ourselves")
    house.run()
    assert "among ourselves" not in house.heard_by(DAN)
    assert house.removed == [BOB, DAN]


@pytest.mark.parametrize("error", [OperationalError("", None, Exception()), RuntimeError("of another kind")])
def test_nobody_hears_anything_before_it_could_be_looked_up(house: House, error: Exception) -> None:
    house.change({ANN})

    def fail() -> None:
        assert house.manager.heard == []
        raise error

    house.meanwhile += [fail]
    house.say("after")
    house.run()
    assert (house.heard_by(ANN), house.heard_by(BOB)) == (["after"], [])


def added(house: House, user_id: int) -> None:
    """Somebody is added, and let in, with a line that says so."""
    house.change(house.members | {user_id})
    house.connect(user_id)
    audience.deliver(CONVERSATION, Packet("the line", house.members_version, house.members_version))
    house.run()


def test_what_was_said_before_somebody_came_is_not_told_later(house: House) -> None:
    before = Packet("before", house.members_version, version=2, skip_sid=str(BOB))
    house.members_version = 2
    added(house, DAN)
    audience.deliver(CONVERSATION, before)
    audience.deliver(CONVERSATION, Packet("after", house.members_version, version=4))
    assert house.heard_by(DAN) == ["the line", "after"]
    assert house.heard_by(ANN) == ["the line", "before", "after"]
    assert house.heard_by(BOB) == ["the line", "after"], "as the one who said it"


def test_what_waits_while_it_is_looked_up_is_not_told_to_who_comes_meanwhile(house: House) -> None:
    house.change({ANN})
    house.meanwhile.append(lambda: added(house, DAN))
    audience.deliver(CONVERSATION, Packet("among ourselves", house.members_version, house.members_version))
    house.run()
    assert house.heard_by(DAN) == ["the line"]
    assert house.heard_by(ANN) == ["among ourselves", "the line"]
    assert house.heard_by(BOB) == []


def test_who_comes_back_is_not_told_what_was_said_meanwhile(house: House) -> None:
    """The page is the same, and word of the earlier time comes after that of the later one."""
    house.change({ANN})
    rooms.leave(house.sockets[BOB], CONVERSATION)
    meanwhile = Packet("without Bob", house.members_version, version=house.members_version)
    house.change({ANN, BOB})
    house.join(BOB)
    house.join(BOB, version=1)
    audience.deliver(CONVERSATION, meanwhile)
    house.run()
    assert house.heard_by(BOB) == []
    assert house.heard_by(ANN) == ["without Bob"]


def test_who_is_in_already_hears_on_when_somebody_else_comes(house: House) -> None:
    """What does not move the conversation (version 0) is for everybody."""
    house.change({ANN, BOB, DAN})
    house.connect(DAN)
    house.say("Ann is writing")
    house.run()
    assert [house.heard_by(user_id) for user_id in (ANN, BOB, DAN)] == [["Ann is writing"]] * 3
