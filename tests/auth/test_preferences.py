"""One's own settings: read, changed in part, told to one's own pages, and nothing else taken."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.workers import beside

USUAL = {
    "shares_reads": True,
    "shares_presence": True,
    "time_zone": None,
    "quiet_from": None,
    "quiet_until": None,
    "push_shows_text": True,
}
QUIET = {"time_zone": "Europe/Berlin", "quiet_from": "22:30", "quiet_until": "07:05"}


def test_some_are_changed_and_the_others_stay(server: Server, cast: Cast, connect: Callable[..., Socket]) -> None:
    hers, his = connect(cast.alice), connect(cast.bob)
    witness = beside(server, connect, his, cast.alice)
    assert cast.alice.json("/api/account") == USUAL
    answer = cast.alice.call("PATCH", "/api/account", QUIET)
    assert answer.json() == cast.alice.json("/api/account") == USUAL | QUIET
    assert hers.wait_for("account_changed") == QUIET
    assert cast.alice.call("PATCH", "/api/account", {"shares_presence": False}).status_code == 200
    assert hers.request("sync", {"cursors": {}})["account"] == USUAL | QUIET | {"shares_presence": False}
    assert {name: cast.alice.boot()["me"][name] for name in QUIET} == QUIET
    none = {"quiet_from": None, "quiet_until": None}
    assert cast.alice.call("PATCH", "/api/account", none).json()["quiet_from"] is None
    witness.wait_for("account_changed", lambda data: data.get("quiet_from", "not told") is None)
    his.settle()
    assert his.got("account_changed") == []
    assert cast.bob.json("/api/account") == USUAL


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"colour": "green"},
        {"shares_presence": None},
        {"time_zone": "Europe"},
        {"time_zone": "../../etc/passwd"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": ""},
        {"time_zone": 1},
        {"quiet_from": "22:00"},
        {"quiet_from": "22:00", "quiet_until": None},
        {"quiet_from": "24:00", "quiet_until": "07:00"},
        {"quiet_from": "22:00", "quiet_until": "7:00"},
        {"quiet_from": 1320, "quiet_until": 420},
    ],
    ids=ascii,
)
def test_what_cannot_be_is_refused_whole(alice: Person, body: Any) -> None:
    answer = alice.call("PATCH", "/api/account", body | {"shares_reads": False} if body.get("time_zone") else body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert alice.json("/api/account") == USUAL
