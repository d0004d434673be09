"""Direct conversations: two people have one, however many ask at once; lists are paged, most recent first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.database import rows
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.workers import beside

Connect = Callable[..., Socket]


def open_with(person: Person, user_id: Any, **more: Any) -> Any:
    return person.call("POST", "/api/conversations", {"kind": "direct", "user_id": user_id, **more})


def test_the_first_time_makes_it_and_the_second_finds_it(alice: Person, bob: Person) -> None:
    first = open_with(alice, bob.id)
    assert first.status_code == 201
    made = first.json()["conversation"]
    assert made["kind"] == "direct"
    assert {member["id"] for member in made["members"]} == {alice.id, bob.id}
    assert made["member_count"] == 2
    assert (made["last_seq"], made["version"], made["last_read_seq"], made["unread"]) == (0, 0, 0, 0)
    for person, other in ((alice, bob), (bob, alice)):
        again = open_with(person, other.id)
        assert again.status_code == 200
        assert again.json()["conversation"]["id"] == made["id"]


def test_eight_at_once_make_one(server: Server, alice: Person, bob: Person) -> None:
    tokens = {person: (person.token, person.id) for person in (alice, bob)}
    assert tokens

    def ask(i: int) -> tuple[int, int]:
        person, other = ((alice, bob), (bob, alice))[i % 2]
        asking = person.copy_of_cookies()
        asking._token = person.token
        answer = open_with(asking, other.id)
        asking.close()
        return answer.status_code, answer.json()["conversation"]["id"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert len({conversation for _, conversation in answers}) == 1, answers
    assert sorted(code for code, _ in answers) == [200] * 7 + [201]
    key = f"{min(alice.id, bob.id)}:{max(alice.id, bob.id)}"
    assert len(rows(server.database, "SELECT id FROM conversation WHERE pair_key = ?", key)) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "direct"},
        {"user_id": 1},
        {"kind": "nonsense", "user_id": 1},
        {"kind": 7, "user_id": 1},
        {"kind": "direct", "user_id": "1"},
        {"kind": "direct", "user_id": True},
        {"kind": "direct", "user_id": None},
        {"kind": "direct", "user_id": [1]},
        {"kind": "direct", "user_id": 1.5},
        [],
        "x",
        7,
        None,
    ],
    ids=ascii,
)
def test_a_bad_body_is_refused(alice: Person, body: Any) -> None:
    answer = alice.call("POST", "/api/conversations", body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b'{"kind":"direct","user_id":NaN}', b"[" * 5000])
def test_what_is_no_json_is_refused(alice: Person, data: bytes) -> None:
    answer = alice.http.post(
        f"{alice.url}/api/conversations",
        data=data,
        headers={"X-CSRFToken": alice.token, "Content-Type": "application/json"},
        timeout=30,
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


@pytest.mark.parametrize("user_id", [0, -1, 999_999_999, 2**63, 10**30])
def test_with_nobody(alice: Person, user_id: int) -> None:
    answer = open_with(alice, user_id)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["code"] in ("bad_request", "not_found")


def test_not_with_oneself(alice: Person) -> None:
    assert open_with(alice, alice.id).status_code in (400, 404)


def test_a_guest_is_told_to_log_in(cast: Cast) -> None:
    guest = cast.stranger()
    for path in ("/api/conversations", "/api/users", "/api/conversations/1", "/api/conversations/1/messages"):
        answer = guest.get(path)
        assert answer.status_code == 401, path
        assert answer.json()["error"]["code"] == "login_required"


def test_empty_ones_are_left_out_of_lists(alice: Person, bob: Person, conversation: int, connect: Connect) -> None:
    assert alice.json("/api/conversations")["conversations"] == []
    connect(alice).send(conversation)
    for person in (alice, bob):
        (listed,) = person.json("/api/conversations")["conversations"]
        assert listed["id"] == conversation
        assert listed["last_message"]["body"] == "hello"


def test_most_recent_first_and_paged(server: Server, alice: Person, cast: Cast, connect: Connect) -> None:
    hers = connect(alice)
    made = [alice.talk_to(cast.person()) for _ in range(7)]
    for conversation in made:
        hers.send(conversation)
    hers.send(made[2])
    wanted = [made[2], *(conversation for conversation in reversed(made) if conversation != made[2])]
    found: list[int] = []
    after = ""
    while True:
        listed = alice.json(f"/api/conversations?limit=3{after}")
        assert len(listed["conversations"]) <= 3
        found += [conversation["id"] for conversation in listed["conversations"]]
        if listed["next"] is None:
            break
        after = f"&after={listed['next']}"
    assert found == wanted


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "after=x", "after=%00", "after=" + "W" * 3000])
def test_bad_paging_is_refused(alice: Person, query: str) -> None:
    answer = alice.get(f"/api/conversations?{query}")
    assert answer.status_code in (400, 404, 422)
    assert answer.json()["error"]["code"] in ("bad_request", "not_found", "too_long")


def test_both_hear_of_a_new_one(server: Server, alice: Person, bob: Person, charlie: Person, connect: Connect) -> None:
    hers, his, outsider = connect(alice), connect(bob), connect(charlie)
    witness = beside(server, connect, outsider, bob)
    conversation = alice.talk_to(bob)
    for socket in (hers, his, witness):
        assert socket.wait_for("conversation_added")["conversation"]["id"] == conversation
    outsider.settle()
    assert outsider.got("conversation_added") == []
