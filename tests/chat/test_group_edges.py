"""What may stand in a group's name and in a list of people, and what becomes of the rest."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.support.crowd import make_crowd, set_active
from tests.support.groups import add, check_refused, create, lines, make_group, rename, view
from tests.support.people import Cast, Person
from tests.support.server import Server

GOOD_TITLES = {
    "Lunch": "Lunch",
    "  Lunch \t ": "Lunch",
    "x" * 100: "x" * 100,
    " " * 50 + "x" * 100: "x" * 100,
    "🥗" * 100: "🥗" * 100,
    "ΐ" * 100: "ΐ" * 100,  # each is three characters in the form that is searched
    "<b>'\"&%_\\": "<b>'\"&%_\\",
    "مرحبا \u202e abc": "مرحبا \u202e abc",
}
BAD_TITLES = [
    "", " ", "\u2003", "two\nlines", "two\rlines", "two\u2028lines", "two\u2029lines", "a\x85b", "a\x0bb", "a\tb",
    "a\x00b", "\x00", "\x1b[31m", "a\ud800b", "\udfff", 7, 1.5, True, [], {}, ["Lunch"],
]  # fmt: skip
BAD_IDS = [None, 7, "7", {}, [None], ["7"], [1.5], [True], [[1]], [0], [-1], [2**53], [2**64], [10**30]]


def raw(who: Person, method: str, path: str, body: Any) -> requests.Response:
    """With escapes for what no real text has, such as half a surrogate pair."""
    headers = {"X-CSRFToken": who.token, "Content-Type": "application/json"}
    return who.http.request(method, who.url + path, data=json.dumps(body), headers=headers, timeout=30)


@pytest.fixture
def group(alice: Person, bob: Person) -> int:
    return make_group(alice, bob)


class Standing:
    """A group for all that is refused: it must stay as it was made."""

    def __init__(self, cast: Cast) -> None:
        self.alice, self.bob = cast.alice, cast.bob
        self.group = make_group(self.alice, self.bob)
        self.path = f"/api/conversations/{self.group}"
        self._was = view(self.bob, self.group)

    def check(self) -> None:
        assert view(self.bob, self.group) == self._was
        assert [one["id"] for one in self.alice.json("/api/conversations")["conversations"]] == [self.group]


@pytest.fixture(scope="module")
def standing_group(shared_server: Server) -> Iterator[Standing]:
    cast = Cast(shared_server.url)
    yield Standing(cast)
    cast.close()


@pytest.fixture
def standing(server: Server, standing_group: Standing) -> Iterator[Standing]:
    yield standing_group
    standing_group.check()


@pytest.mark.parametrize("title", GOOD_TITLES, ids=lambda title: ascii(title)[:16])
def test_a_good_name(alice: Person, bob: Person, title: str) -> None:
    made = create(alice, [bob.id], title=title)
    assert made.status_code == 201, made.text
    kept = GOOD_TITLES[title]
    group = made.json()["conversation"]["id"]
    assert made.json()["conversation"]["title"] == kept
    assert rename(alice, group, "other").status_code == 200
    assert rename(alice, group, title).json()["conversation"]["title"] == kept
    assert lines(bob, group)[-1] == f"{alice.username} named the group {kept}"
    found = bob.get("/api/conversations", params={"q": kept}).json()["conversations"]
    assert group in [conversation["id"] for conversation in found]


@pytest.mark.parametrize("title", BAD_TITLES, ids=ascii)
def test_a_bad_name(standing: Standing, title: Any) -> None:
    body = {"kind": "group", "user_ids": [standing.bob.id], "title": title}
    check_refused(raw(standing.alice, "POST", "/api/conversations", body), 400, "bad_request")
    check_refused(raw(standing.alice, "PATCH", standing.path, {"title": title}), 400, "bad_request")


def test_a_name_that_is_too_long_is_told_so_with_the_limit(standing: Standing) -> None:
    made = create(standing.alice, [standing.bob.id], title="x" * 101)
    for answer in (made, rename(standing.alice, standing.group, "🥗" * 101)):
        check_refused(answer, 422, "too_long", "title", "101 of 100 characters")


def test_a_name_once_given_cannot_be_taken_away(standing: Standing) -> None:
    check_refused(rename(standing.alice, standing.group, None), 400, "bad_request", "title")


def test_the_same_name_again_is_no_news(standing: Standing) -> None:
    assert rename(standing.alice, standing.group, " Lunch ").status_code == 200


@pytest.mark.parametrize("user_ids", BAD_IDS, ids=ascii)
def test_bad_lists_of_people(standing: Standing, user_ids: Any) -> None:
    check_refused(create(standing.alice, user_ids), 400, "bad_request", "user_ids")
    body = {"user_ids": user_ids, "history": "all"}
    check_refused(standing.alice.call("POST", f"{standing.path}/members", body), 400, "bad_request", "user_ids")


@pytest.mark.parametrize(
    "body", [{}, {"user_ids": [1]}, {"user_ids": [], "history": "all"}, {"user_ids": [1], "history": "some"}]
)
def test_bad_additions(standing: Standing, body: Any) -> None:
    check_refused(standing.alice.call("POST", f"{standing.path}/members", body), 400, "bad_request")


@pytest.mark.parametrize("client_id", ["", "x", 7, "0be5828c-f103-4df2-a53a-1d9b44207c7a0", "\x00", []], ids=ascii)
def test_bad_client_ids(standing: Standing, client_id: Any) -> None:
    check_refused(create(standing.alice, [standing.bob.id], client_id=client_id), 400, "bad_request", "client_id")


@pytest.mark.parametrize("role", ["", "admin", None, 1, "Owner"])
def test_bad_roles(standing: Standing, role: Any) -> None:
    path = f"{standing.path}/members/{standing.bob.id}"
    check_refused(standing.alice.call("PATCH", path, {"role": role}), 400, "bad_request", "role")


@pytest.mark.parametrize(
    "changes",
    [{"notify": None}, {"notify": "loud"}, {"notify": True}, {"shelf": ""}, {"shelf": "trash"}, {"shelf": 1}, []],
    ids=ascii,
)
def test_bad_settings(standing: Standing, changes: Any) -> None:
    check_refused(standing.alice.call("PATCH", f"{standing.path}/membership", changes), 400, "bad_request")


@pytest.mark.parametrize("who", ["unknown", "deactivated"])
def test_who_is_not_there_cannot_be_added_and_then_nobody_is(
    server: Server, alice: Person, bob: Person, charlie: Person, group: int, who: str
) -> None:
    (missing,) = make_crowd(server.database, 1) if who == "deactivated" else [999_999_999]
    set_active(server.database, missing, False)
    check_refused(create(alice, [charlie.id, missing]), 404, "not_found", "no such person")
    body = {"user_ids": [charlie.id, missing], "history": "all"}
    check_refused(alice.call("POST", f"/api/conversations/{group}/members", body), 404, "not_found")
    assert view(alice, group)["member_count"] == 2
    assert charlie.json("/api/conversations")["conversations"] == []
    assert lines(alice, group) == [f"{alice.username} made the group Lunch"]


def test_adding_who_is_there_changes_nothing(standing: Standing) -> None:
    answer = add(standing.alice, standing.group, standing.bob, standing.alice, history="from_now")
    assert (answer.status_code, answer.json()["conversation"]["version"]) == (200, 1)


def test_5000_are_too_many_to_begin_with_and_to_add(standing: Standing) -> None:
    crowd = list(range(10_000_000, 10_005_000))
    check_refused(create(standing.alice, crowd), 400, "bad_request", "user_ids", "1,000 members at most", "5,001")
    body = {"user_ids": crowd, "history": "all"}
    answer = standing.alice.call("POST", f"{standing.path}/members", body)
    check_refused(answer, 400, "bad_request", "1,000 members at most", "5,002")


def test_nonsense_counts_too(start_server: Callable[..., Server], make_cast: Callable[[Server], Cast]) -> None:
    alice = make_cast(start_server(RATE_LIMITS="on")).alice
    assert {create(alice, [""] * 5000).status_code for _ in range(30)} == {400}
    check_refused(create(alice, [""] * 5000), 429, "rate_limited")


@pytest.mark.parametrize(
    "query",
    [
        "with_users=",
        "with_users=x",
        "with_users=1,",
        "with_users=0",
        "q=%00",
        "shelf=x",
        "shelf=",
        "q=" + "x" * 101,
        "after=WzE4NDQ2NzQ0MDczNzA5NTUxNjE1XQ",
    ],
)
def test_bad_searches(standing: Standing, query: str) -> None:
    answer = standing.alice.get(f"/api/conversations?{query}")
    code = answer.json()["error"]["code"]
    assert (answer.status_code, code) in ((400, "bad_request"), (422, "too_long"))


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "after=x",
        "after=WzE4NDQ2NzQ0MDczNzA5NTUxNjE1XQ",
        "after=Wy0xXQ",
        "q=%00",
        "q=" + "x" * 101,
    ],
)
def test_bad_pages_of_members(standing: Standing, query: str) -> None:
    answer = standing.alice.get(f"{standing.path}/members?{query}")
    code = answer.json()["error"]["code"]
    assert (answer.status_code, code) in ((400, "bad_request"), (422, "too_long"))
