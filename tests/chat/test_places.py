"""Where one may go in a conversation: a moment, a message by its link; and who people are, by their ids."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.crowd import deactivated
from tests.support.demo import fill_conversation
from tests.support.groups import add, make_group
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket

Connect = Callable[..., Socket]


@pytest.fixture
def long(server: Server, alice: Person, bob: Person, conversation: int) -> int:
    """A conversation of 230 messages, one each 30 seconds."""
    fill_conversation(server.database, conversation, [alice, bob], 230)
    return conversation


def at(person: Person, conversation: int, moment: datetime | str, limit: int = 50) -> dict[str, Any]:
    when = moment if isinstance(moment, str) else moment.isoformat()
    answer = person.get(f"/api/conversations/{conversation}/messages", params={"at": when, "limit": limit})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("seconds", "seq"), [(0, 100), (-1, 100), (1, 101), (-30, 99), (29.5, 101), (-(10**6), 1), (10**6, 230)]
)
def test_the_first_message_since_a_moment(alice: Person, long: int, seconds: float, seq: int) -> None:
    stamps = {message["seq"]: datetime.fromisoformat(message["created_at"]) for message in alice.messages(long)}
    found = at(alice, long, stamps[100] + timedelta(seconds=seconds))
    seqs = [message["seq"] for message in found["messages"]]
    assert (found["seq"], found["version"]) == (seq, 230)
    assert seqs == list(range(max(1, seq - 25), min(230, seq + 24) + 1))
    assert found["more"] == (seq > 26)


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-05-04T03:02:01Z"])
def test_moments_far_away_and_nothing_to_find(alice: Person, long: int, when: str, charlie: Person) -> None:
    assert at(alice, long, when)["seq"] in (1, 230)
    assert at(alice, alice.talk_to(charlie), when)["messages"] == []


@pytest.mark.parametrize(
    "when", ["", "x", "2026-05-04T03:02:01", "2026-13-01T00:00:00Z", "%00", "99999-01-01T00:00:00Z"]
)
def test_what_is_no_moment_is_refused(alice: Person, conversation: int, when: str) -> None:
    answer = alice.get(f"/api/conversations/{conversation}/messages?at={when}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_a_link_to_a_message(alice: Person, long: int) -> None:
    opened = alice.boot(f"/chat/{long}/100")["open"]
    assert (opened["seq"], opened["conversation"]["id"]) == (100, long)
    assert 100 in [message["seq"] for message in opened["messages"]]
    assert opened["messages"][-1]["seq"] < 230
    for seq in (231, 2**53 - 1):
        opened = alice.boot(f"/chat/{long}/{seq}")["open"]
        assert (opened["seq"], opened["messages"][-1]["seq"]) == (seq, 230)
    for bad in ("0", "-1", "x", "1.5", str(2**63)):
        assert alice.get(f"/chat/{long}/{bad}").status_code == 404


def test_a_link_to_what_one_may_not_see_shows_the_end(cast: Cast, connect: Connect) -> None:
    group = make_group(cast.alice, cast.bob)
    secret = connect(cast.alice).send(group, "a secret")
    add(cast.alice, group, cast.charlie, history="from_now")
    page = cast.charlie.get(f"/chat/{group}/{secret['seq']}")
    assert (page.status_code, "a secret" in page.text) == (200, False)
    assert cast.person().get(f"/chat/{group}/{secret['seq']}").status_code == 404


def test_people_by_their_ids(server: Server, cast: Cast) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie

    def found(ids: str) -> list[int]:
        return [user["id"] for user in alice.json(f"/api/users?ids={ids}")["users"]]

    with deactivated(server.database, charlie):
        assert found(f"{charlie.id},{alice.id},999999999,{charlie.id}") == [alice.id, charlie.id]
    assert found(",".join(map(str, [bob.id, *range(10**9, 10**9 + 99)]))) == [bob.id]
    for bad in ("x", "1,", ",", "0", "-1", "1.5", str(2**63), ",".join(map(str, range(1, 102)))):
        answer = alice.get(f"/api/users?ids={bad}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request"), bad
