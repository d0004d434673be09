"""The chat page: one snapshot in the page, addresses of people and conversations, nothing for outsiders."""

from collections.abc import Callable

import pytest

from tests.support.database import rows
from tests.support.demo import send_many
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket

Connect = Callable[..., Socket]


def test_home_has_ones_own_snapshot(alice: Person, bob: Person, conversation: int, connect: Connect) -> None:
    connect(bob).send(conversation, "hello Alice")
    boot = alice.boot()
    assert boot["me"]["username"] == alice.username
    assert boot["open"] is None
    assert boot["limits"]["body_chars"] == 10_000
    (listed,) = boot["conversations"]["conversations"]
    assert (listed["id"], listed["unread"]) == (conversation, 1)


@pytest.mark.parametrize("by_name", [True, False])
def test_a_conversation_opens_at_its_address(
    alice: Person, bob: Person, conversation: int, connect: Connect, by_name: bool
) -> None:
    send_many(connect(alice), conversation, 3)
    opened = alice.boot(f"/chat/with/{bob.username}" if by_name else f"/chat/{conversation}")["open"]
    assert opened["conversation"]["id"] == conversation
    assert [message["seq"] for message in opened["messages"]] == [1, 2, 3]
    assert opened["version"] == 3


def test_the_first_unread_is_told(alice: Person, bob: Person, conversation: int, connect: Connect) -> None:
    send_many(connect(alice), conversation, 5)
    connect(bob).request("read_mark", {"conversation_id": conversation, "seq": 2})
    assert bob.boot(f"/chat/{conversation}")["open"]["first_unread_seq"] == 3
    assert alice.boot(f"/chat/{conversation}")["open"]["first_unread_seq"] is None


def test_looking_at_somebody_makes_nothing(server: Server, alice: Person, bob: Person) -> None:
    opened = alice.boot(f"/chat/with/{bob.username}")["open"]
    assert opened["conversation"] is None
    assert opened["user"]["id"] == bob.id
    assert alice.get(f"/chat/with/{bob.username.upper()}").status_code == 200
    key = f"{min(alice.id, bob.id)}:{max(alice.id, bob.id)}"
    assert rows(server.database, "SELECT id FROM conversation WHERE pair_key = ?", key) == []


def test_an_outsider_gets_the_same_page_as_for_what_is_not_there(charlie: Person, conversation: int) -> None:
    not_his, not_there = charlie.get(f"/chat/{conversation}"), charlie.get("/chat/999999999")
    assert not_his.status_code == not_there.status_code == 404
    assert "Traceback" not in not_his.text


@pytest.mark.parametrize("path", ["/", "/chat", "/chat/1", "/chat/with/somebody"])
def test_a_guest_is_sent_to_the_log_in_page(cast: Cast, path: str) -> None:
    guest = cast.stranger()
    answer = guest.get(path)
    for _ in range(2):
        assert answer.status_code in (302, 303)
        location = answer.headers["Location"].removeprefix(guest.url)
        if location.startswith("/login"):
            return
        answer = guest.get(location)
    raise AssertionError(f"{path} leads to {location}")


@pytest.mark.parametrize("name", ["nobody", "%00", "%ff", "x" * 3000, "..%2f..", "<b>", "' OR 1=1"])
def test_nobody_of_that_name(alice: Person, name: str) -> None:
    answer = alice.get(f"/chat/with/{name}")
    assert answer.status_code == 404
    assert "<b>" not in answer.text.replace("&lt;b>", "")


def test_not_with_oneself(alice: Person) -> None:
    assert alice.get(f"/chat/with/{alice.username}").status_code == 404


def test_texts_in_the_snapshot_cannot_end_it(alice: Person, conversation: int, connect: Connect) -> None:
    body = "</script><script>alert(1)</script><!-- <script>"
    connect(alice).send(conversation, body)
    page = alice.get(f"/chat/{conversation}").text
    assert body not in page
    assert "<script>alert(1)" not in page
    assert alice.boot(f"/chat/{conversation}")["open"]["messages"][0]["body"] == body


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/chat"), ("PUT", "/login"), ("DELETE", "/chat/1"), ("PATCH", "/")]
)
def test_methods_that_are_not_meant(alice: Person, method: str, path: str) -> None:
    answer = alice.call(method, path)
    assert answer.status_code in (404, 405)
    assert "Traceback" not in answer.text
