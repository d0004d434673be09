"""`messages` pages through history by seq; `changes` catches up by version."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.demo import fill_conversation, send_many
from tests.support.people import Person
from tests.support.server import Server
from tests.support.sockets import Socket

Connect = Callable[..., Socket]


@pytest.fixture
def long(server: Server, alice: Person, bob: Person, conversation: int) -> int:
    """A conversation of 230 messages."""
    fill_conversation(server.database, conversation, [alice, bob], 230)
    return conversation


def page(person: Person, conversation: int, query: str = "") -> tuple[list[int], bool]:
    found = person.json(f"/api/conversations/{conversation}/messages?{query}")
    assert found["version"] == 230
    return [message["seq"] for message in found["messages"]], found["more"]


def span(first: int, last: int) -> list[int]:
    return list(range(first, last + 1))


@pytest.mark.parametrize(
    ("query", "seqs", "more"),
    [
        ("", span(181, 230), True),
        ("limit=100", span(131, 230), True),
        ("limit=1", [230], True),
        ("before=181", span(131, 180), True),
        ("before=51", span(1, 50), False),
        ("before=52", span(2, 51), True),
        ("before=31", span(1, 30), False),
        ("before=1", [], False),
        ("before=10000", span(181, 230), True),
        ("after=0", span(1, 50), True),
        ("after=180", span(181, 230), False),
        ("after=179", span(180, 229), True),
        ("after=230", [], False),
        ("after=99999", [], False),
        ("after=100&limit=3", span(101, 103), True),
    ],
)
def test_pages(alice: Person, long: int, query: str, seqs: list[int], more: bool) -> None:
    assert page(alice, long, query) == (seqs, more)


def test_around_shows_both_sides(alice: Person, long: int) -> None:
    seqs, more = page(alice, long, "around=100")
    assert 100 in seqs
    assert seqs == span(seqs[0], seqs[-1])
    assert seqs[0] < 100 < seqs[-1]
    assert more is True


@pytest.mark.parametrize("around", [1, 3, 229, 230, 10_000])
def test_around_at_the_ends(alice: Person, long: int, around: int) -> None:
    seqs, _ = page(alice, long, f"around={around}")
    assert seqs == span(seqs[0], seqs[-1])
    assert min(around, 230) in seqs


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "limit=1.5", "before=x", "before=-1", "after=x",
        "after=-1", "around=x", "before=99999999999999999999", "after=99999999999999999999", "before=%00", "before=[]",
    ],
)  # fmt: skip
def test_bad_queries_are_refused(alice: Person, long: int, query: str) -> None:
    answer = alice.get(f"/api/conversations/{long}/messages?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


def test_an_empty_conversation(alice: Person, conversation: int) -> None:
    found = alice.json(f"/api/conversations/{conversation}/messages")
    assert (found["messages"], found["more"], found["version"]) == ([], False, 0)


def changes(person: Person, conversation: int, query: str) -> dict[str, Any]:
    return person.json(f"/api/conversations/{conversation}/changes?{query}")


@pytest.mark.parametrize(
    ("query", "versions", "cursor", "more"),
    [
        ("since=0", span(1, 200), 200, True),
        ("since=200", span(201, 230), 230, False),
        ("since=30", span(31, 230), 230, False),
        ("since=29", span(30, 229), 229, True),
        ("since=230", [], 230, False),
        ("since=0&limit=7", span(1, 7), 7, True),
        ("since=100&limit=130", span(101, 230), 230, False),
    ],
)
def test_changes(alice: Person, long: int, query: str, versions: list[int], cursor: int, more: bool) -> None:
    found = changes(alice, long, query)
    assert [message["version"] for message in found["messages"]] == versions
    assert (found["version"], found["more"]) == (cursor, more)


def test_changes_have_the_conversation_and_everybodys_marks(
    alice: Person, bob: Person, conversation: int, connect: Connect
) -> None:
    send_many(connect(alice), conversation, 3)
    connect(bob).request("read_mark", {"conversation_id": conversation, "seq": 2})
    found = changes(bob, conversation, "since=3")["conversation"]
    assert found["reads"] == {str(alice.id): 3, str(bob.id): 2}
    alone = bob.json(f"/api/conversations/{conversation}")["conversation"]
    assert {name: value for name, value in found.items() if name != "reads"} == alone


@pytest.fixture
def wordy(server: Server, alice: Person, bob: Person, conversation: int) -> int:
    """A conversation of 240 messages, of which those up to 30 are short, all others 10,000 characters of 2 bytes."""
    fill_conversation(server.database, conversation, [alice, bob], 240)
    server.database.execute(
        "UPDATE message SET body = ? WHERE conversation_id = ? AND seq > 30", "ü" * 10_000, conversation
    )
    return conversation


@pytest.mark.parametrize(
    ("query", "seqs", "more"),
    [
        ("before=140&limit=100", span(88, 139), True),
        ("before=60&limit=100", span(1, 59), False),
        ("after=100&limit=100", span(101, 152), True),
        ("after=200&limit=100", span(201, 240), False),
        ("limit=100", span(141, 240), True),
        ("around=140&limit=100", span(90, 189), True),
    ],
)
def test_a_page_of_long_messages_ends_early_unless_it_begins_anew(
    alice: Person, wordy: int, query: str, seqs: list[int], more: bool
) -> None:
    found = alice.json(f"/api/conversations/{wordy}/messages?{query}")
    assert [message["seq"] for message in found["messages"]] == seqs
    assert found["more"] is more


def test_changes_of_long_messages_come_in_several_pages(alice: Person, wordy: int) -> None:
    first = changes(alice, wordy, "since=0&limit=500")
    assert [message["version"] for message in first["messages"]] == span(1, first["version"])
    assert (first["version"], first["more"]) == (82, True), "30 short ones and 52 long ones"
    found, version = alice.changes(wordy)
    assert [message["version"] for message in found] == span(1, 240)
    assert version == 240
    assert changes(alice, wordy, "since=190&limit=500")["more"] is False


def test_a_cursor_from_the_future_does_not_hide_what_comes(alice: Person, conversation: int, connect: Connect) -> None:
    connect(alice).send(conversation)
    assert changes(alice, conversation, "since=500")["version"] == 1


@pytest.mark.parametrize(
    "query",
    [
        "",
        "since=",
        "since=x",
        "since=-1",
        "since=1.5",
        "since=0&limit=0",
        "since=0&limit=x",
        "since=99999999999999999999",
    ],
)
def test_bad_change_queries_are_refused(alice: Person, conversation: int, query: str) -> None:
    answer = alice.get(f"/api/conversations/{conversation}/changes?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


@pytest.mark.parametrize("what", ["", "/messages", "/changes?since=0"])
def test_an_outsider_is_told_it_is_not_there(charlie: Person, conversation: int, what: str) -> None:
    not_his = charlie.get(f"/api/conversations/{conversation}{what}")
    not_there = charlie.get(f"/api/conversations/999999999{what}")
    assert (not_his.status_code, not_his.json()) == (not_there.status_code, not_there.json())
    assert not_his.status_code == 404
    assert not_his.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("number", ["0", "9223372036854775808", "99999999999999999999999", "x", "-1", "1.5"])
def test_a_number_that_cannot_be_an_id_is_not_there(alice: Person, number: str) -> None:
    for path in (f"/api/conversations/{number}", f"/api/conversations/{number}/messages", f"/chat/{number}"):
        assert alice.get(path).status_code == 404, path
