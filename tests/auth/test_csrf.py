"""Nothing changes without the CSRF token, and nothing changes by a GET."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.support.database import rows
from tests.support.people import Cast, Person
from tests.support.routes import all_routes, fill_in
from tests.support.server import Server


@pytest.mark.parametrize("path", ["/signup", "/login"])
@pytest.mark.parametrize("token", ["", "wrong", "ImFiYyI.Zm9v.YmFy"])
def test_forms_of_guests_need_the_token(cast: Cast, path: str, token: str) -> None:
    guest = cast.stranger()
    answer = guest.post_form(path, token, username=guest.username, password=guest.password, password2=guest.password)
    assert answer.status_code == 400
    assert guest.get("/chat").status_code in (302, 303)


def test_the_token_of_somebody_else_is_refused(alice: Person, bob: Person) -> None:
    answer = alice.http.post(f"{alice.url}/logout", data={"csrf_token": bob.token}, allow_redirects=False, timeout=30)
    assert answer.status_code == 400
    assert alice.get("/chat").status_code == 200


def test_every_write_needs_the_token(server: Server, alice: Person, bob: Person) -> None:
    """Walks the URL map, so that a new route cannot be forgotten."""
    tried = 0
    for rule, methods in all_routes():
        for method in methods & {"POST", "PUT", "PATCH", "DELETE"}:
            path = fill_in(rule, conversation_id=alice.talk_to(bob), username=bob.username)
            answer = alice.http.request(
                method,
                server.url + path,
                json={"kind": "direct", "user_id": bob.id},
                allow_redirects=False,
                timeout=30,
            )
            assert answer.status_code == 400, (method, path, answer.status_code)
            if path.startswith("/api/"):
                assert answer.json()["error"]["code"]
            tried += 1
    assert tried >= 4
    assert alice.get("/chat").status_code == 200


def state(server: Server) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables, but for the notes of when something was last used.

    Sorted, because PostgreSQL gives a row another place when such a note in it changes.
    """
    found = {}
    for table in server.database.tables():
        kept = [
            {name: value for name, value in row.items() if not re.match(r"last_(used|seen)_at$", name)}
            for row in rows(server.database, f'SELECT * FROM "{table}"')  # noqa: S608 (our own tables' names)
        ]
        found[table] = sorted(kept, key=repr)
    return found


def test_no_get_changes_anything(own_server: Server, make_cast: Callable[[Server], Cast]) -> None:
    """Every route that answers GET, with its parameters filled in: the database stays as it was.

    One of the test's own, in which nothing that others began goes on.
    """
    cast = make_cast(own_server)
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    conversation = alice.talk_to(bob)
    before = state(own_server)
    for rule, methods in all_routes():
        if "GET" not in methods:
            continue
        for username in (bob.username, charlie.username):
            path = fill_in(rule, conversation_id=conversation, username=username)
            answer = alice.get(path)
            assert answer.status_code < 500, (path, answer.status_code)
    assert state(own_server) == before
    assert alice.get("/chat").status_code == 200, "a GET logged out"


def test_api_answers_in_json_when_the_token_is_missing(alice: Person, bob: Person) -> None:
    answer: requests.Response = alice.http.post(
        f"{alice.url}/api/conversations", json={"kind": "direct", "user_id": bob.id}, timeout=30
    )
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"]
    assert error["message"]
