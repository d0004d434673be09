"""Who is online, as somebody is told."""

from typing import Any

from tests.support.people import Person
from tests.support.sockets import Socket


def watch(socket: Socket, *people: Person) -> dict[str, Any]:
    """Watches these people, and nobody else any more; the ack."""
    ack = socket.request("presence_watch", {"user_ids": [person.id for person in people]})
    assert ack["ok"] is True, ack
    return ack


def state(socket: Socket, person: Person) -> str:
    """How somebody is at this moment, by a watch of its own."""
    return watch(socket, person)["presence"][str(person.id)]


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
