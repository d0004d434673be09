"""Those who are watched here: what is known of each of them, and what those who watch were told.

How somebody is here is asked of ``presence_here`` each time; what the other workers say is kept, as long as somebody
watches.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from chatapp.lib.clock import iso
from chatapp.realtime import broadcasts, presence_here
from chatapp.realtime.presence_here import AWAY, HIDDEN, NOWHERE, ONLINE

OFFLINE = "offline"


class Outcome(NamedTuple):
    """How a person looks to everybody; when they were last here, of who is offline and shares it."""

    state: str
    last_seen: datetime | None = None


@dataclass(slots=True)
class Watched:
    """What is known of a person; ``is_known`` once the others have been asked."""

    elsewhere: dict[str, tuple[int, str]] = field(default_factory=dict)  # worker -> (number of its write, state)
    last_seen: datetime | None = None
    is_known: bool = False
    told: Outcome | None = None


people: dict[int, Watched] = {}


def take(watched: Watched, worker: str, number: int, state: str) -> None:
    """What another worker says as of its write of that number, unless something newer is known already."""
    if number >= watched.elsewhere.get(worker, (0, NOWHERE))[0]:
        watched.elsewhere[worker] = (number, state)


def outcome(user_id: int, watched: Watched) -> Outcome:
    """What all processes say, put together."""
    states = {presence_here.state_of(user_id), *(state for _, state in watched.elsewhere.values())}
    if HIDDEN in states:
        return Outcome(OFFLINE)
    return next((Outcome(state) for state in (ONLINE, AWAY) if state in states), Outcome(OFFLINE, watched.last_seen))


def tell(user_id: int, watched: Watched) -> None:
    """Those who watch, where it makes a difference to them."""
    found = outcome(user_id, watched)
    if found.state != OFFLINE:
        watched.last_seen = None  # the next one is still to come
    if watched.is_known and found != watched.told:
        watched.told = found
        broadcasts.presence(user_id, found.state, iso(found.last_seen))


def wire(user_ids: Iterable[int]) -> dict[str, Any]:
    """How these people are, as the ack of ``presence_watch`` has it."""
    found = {user_id: outcome(user_id, people.get(user_id) or Watched()) for user_id in user_ids}
    return {
        "presence": {str(user_id): one.state for user_id, one in found.items()},
        "last_seen": {str(user_id): iso(one.last_seen) for user_id, one in found.items() if one.last_seen},
    }
