"""Who is online, as somebody is told."""

from collections.abc import Mapping
from typing import Any

from tests.support.people import Person
from tests.support.sockets import Socket
from tests.support.waiting import eventually


def watch(socket: Socket, *people: Person) -> dict[str, Any]:
    """Watches these people, and nobody else any more; the ack."""
    ack = socket.request("presence_watch", {"user_ids": [person.id for person in people]})
    assert ack["ok"] is True, ack
    return ack


def watch_until(socket: Socket, wanted: Mapping[Person, str]) -> dict[str, Any]:
    """Watches these people, and is told that they are so; the ack. A worker learns a moment late of what is elsewhere.

    What the socket was told on the way is forgotten: whatever comes afterwards is news.
    """

    def told_so() -> dict[str, Any] | None:
        ack = watch(socket, *wanted)
        return ack if ack["presence"] == {str(person.id): state for person, state in wanted.items()} else None

    ack = eventually(told_so, every=0.1)
    socket.forget("presence")
    return ack


def told(socket: Socket, person: Person) -> list[str]:
    """All that a socket was told of somebody."""
    return [data["state"] for data in socket.got("presence", lambda data: data["user_id"] == person.id)]


def wait_until(socket: Socket, person: Person, wanted: str, within: float = 20) -> dict[str, Any]:
    """The word that somebody is so now."""
    return socket.wait_for("presence", lambda d: d["user_id"] == person.id and d["state"] == wanted, within)


def set_away(socket: Socket, is_away: bool) -> None:
    ack = socket.request("presence_set", {"is_away": is_away})
    assert ack == {"ok": True}, ack


def share(person: Person, is_on: bool) -> None:
    answer = person.call("PATCH", "/api/account", {"shares_presence": is_on})
    assert answer.status_code == 200, answer.text
