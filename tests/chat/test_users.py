"""The directory: searched and paged by the server, never all of it."""

from collections.abc import Callable

import pytest

from tests.support.people import Cast, Person, fresh_name
from tests.support.server import Server


def found(person: Person, query: str) -> list[str]:
    return [user["username"] for user in person.json(f"/api/users?{query}")["users"]]


def test_somebody_is_found_by_the_start_of_the_name_in_any_case(alice: Person, bob: Person) -> None:
    for q in (bob.username, bob.username.upper(), bob.username[:-1]):
        assert bob.username in found(alice, f"q={q}&limit=100")
    assert found(alice, "q=nobody-is-called-that") == []


def test_the_shape(alice: Person, bob: Person) -> None:
    (user,) = alice.json(f"/api/users?q={bob.username}")["users"]
    assert user == {
        "id": bob.id,
        "username": bob.username,
        "display_name": bob.me["display_name"],
        "avatar_url": None,
    }


def test_oneself_is_not_among_the_people(alice: Person) -> None:
    assert found(alice, f"q={alice.username}") == []


def test_pages_cover_everybody_once_in_order(
    start_server: Callable[..., Server], make_cast: Callable[[Server], Cast]
) -> None:
    server = start_server()
    cast = make_cast(server)
    stem = fresh_name("page")
    for number in (5, 3, 9, 1, 7, 2, 8, 4, 6, 0):
        server_person = Person(server.url, f"{stem}_{number}")
        cast.keep(server_person).sign_up()
    seen: list[str] = []
    query = f"q={stem}&limit=3"
    after = ""
    while True:
        page = cast.alice.json(f"/api/users?{query}{after}")
        assert len(page["users"]) <= 3
        seen += [user["username"] for user in page["users"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == [f"{stem}_{number}" for number in range(10)]


@pytest.mark.parametrize("q", ["%25", "_", "*", "\\", "'", '"', "' OR 1=1", "%E0%A4%85", "%ff", "x" * 100])
def test_signs_in_a_query_are_taken_as_they_are(alice: Person, bob: Person, q: str) -> None:
    assert bob.username not in found(alice, f"q={q}")


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "after=x", "after=%00", "q=%00", "q=" + "x" * 5000, "after=" + "Ww" * 2000],
    ids=lambda query: query[:20],
)
def test_bad_queries_are_refused(alice: Person, query: str) -> None:
    answer = alice.get(f"/api/users?{query}")
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["code"] in ("bad_request", "too_long")


def test_somebody_deactivated_is_not_listed(server: Server, alice: Person, bob: Person) -> None:
    server.flask("user", "deactivate", bob.username)
    assert found(alice, f"q={bob.username}") == []
