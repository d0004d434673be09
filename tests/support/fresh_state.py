"""What a page would know if it were opened now: read anew from the server, in the shape of a page's own state.

What the contract leaves open is left out on both sides: direct conversations without a message are on no list, and
others' read marks are kept up for what is open.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from tests.support.client_state import ClientState
from tests.support.people import Person
from tests.support.waiting import eventually

MISSING = "nothing"
Reach = Callable[[int, int, int], int]


def as_it_is(_conversation_id: int, _user_id: int, seq: int) -> int:
    """A mark stands where it stands."""
    return seq


def check_same(clients: list[ClientState], within: float = 15) -> None:
    """Waits until the state of each is what it would be if it were read anew; fails with the differences."""

    def is_same() -> bool:
        found[:] = [line for client in clients for line in unlike(client)]
        return not found

    found: list[str] = []
    try:
        eventually(is_same, within=within, every=0.1)
    except AssertionError:
        raise AssertionError("\n".join(["live state differs from what a fresh page would know:", *found])) from None


def unlike(client: ClientState, reach: Reach = as_it_is) -> list[str]:
    """The differences between a client's state and what it would be if it were read anew.

    ``reach(conversation id, user id, mark)`` is where a mark may as well be.
    """
    held = client.read()
    windows = held.pop("windows")
    fresh = fresh_state(client.person)
    marks = {key: one.pop("reads", {}) for key, one in held["conversations"].items()}
    empty = [key for key, one in held["conversations"].items() if one["kind"] == "direct" and not one["last_seq"]]
    for key in empty:
        del held["conversations"][key]
    for state in (held, fresh):
        for key, one in state["conversations"].items():
            one["last_read_seq"] = reach(int(key), client.person.id, one["last_read_seq"])
    found = list(differences(held, fresh))
    for key, window in windows.items():
        if key in fresh["conversations"] and key not in empty:
            truth = fresh_window(client.person, int(key), window)
            if window["isOpen"]:
                window["reads"] = marks[key]
                for one in (window, truth):
                    one["reads"] = {who: reach(int(key), int(who), seq) for who, seq in one["reads"].items()}
            found += differences({name: window[name] for name in truth}, truth, f"windows.{key}")
    return [f"{client.name}: {line}" for line in found]


def fresh_state(person: Person) -> dict[str, Any]:
    """All that a page knows but for its windows."""
    boot = person.boot()
    recent = boot["conversations"]
    shelves = {shelf: list(all_on(person, shelf)) for shelf in ("archived", "hidden")}
    shelves[""] = recent["conversations"] + list(all_on(person, "", recent["next"]))
    everything = [conversation for shelf in shelves.values() for conversation in shelf]
    return {
        "me": boot["me"],
        "total_unread": sum(one["unread"] for one in everything if one["notify"] != "nothing"),
        "list": [one["id"] for one in shelves[""]],
        "archived": [one["id"] for one in shelves["archived"]],
        "people": [[user["id"], user["display_name"]] for user in boot["users"]["users"]],
        "conversations": {str(one["id"]): one for one in everything},
    }


def all_on(person: Person, shelf: str, cursor: str | None = "") -> Iterator[dict[str, Any]]:
    """All conversations on a shelf ('': on none), or those after a page."""
    while cursor is not None:
        query = {"shelf": shelf, "after": cursor, "limit": "100"}
        page = person.json("/api/conversations?" + urlencode({name: value for name, value in query.items() if value}))
        yield from page["conversations"]
        cursor = page["next"]


def fresh_window(person: Person, conversation_id: int, held: dict[str, Any]) -> dict[str, Any]:
    """The same part of the history; for one that is open also who has read how far."""
    first = held["messages"][0]["seq"] if held["messages"] and held["hasOlder"] else 1
    last = held["messages"][-1]["seq"] if held["messages"] and held["hasNewer"] else None
    messages = person.messages(conversation_id, first - 1)
    messages = [message for message in messages if last is None or message["seq"] <= last]
    fresh: dict[str, Any] = {"messages": messages, "shown": [message["seq"] for message in messages]}
    if held["isOpen"]:
        page = person.json(f"/api/conversations/{conversation_id}/changes?since={2**50}")
        reads = page["conversation"]["reads"]
        fresh["reads"] = {key: seq for key, seq in reads.items() if int(key) != person.id}
    return fresh


def differences(held: Any, truth: Any, where: str = "") -> Iterator[str]:
    """One line for each place in which two values differ."""
    if isinstance(held, dict) and isinstance(truth, dict):
        for key in sorted({*held, *truth}):
            name = f"{where}.{key}" if where else key
            yield from differences(held.get(key, MISSING), truth.get(key, MISSING), name)
    elif isinstance(held, list) and isinstance(truth, list) and len(held) == len(truth):
        for number, (one, other) in enumerate(zip(held, truth, strict=True)):
            yield from differences(one, other, f"{where}[{number}]")
    elif isinstance(held, list) and isinstance(truth, list):
        yield from (f"{where}: {one!r} is held, and not true" for one in held if one not in truth)
        yield from (f"{where}: {one!r} is missing" for one in truth if one not in held)
        yield from [f"{where}: something is double"] if len(held) > len(truth) else []
    elif held != truth:
        yield f"{where}: {held!r} is held, {truth!r} is true"
