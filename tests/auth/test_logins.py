"""Where one is logged in: told honestly, ended at once, and nobody else's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from chatapp.lib.devices import describe
from tests.support.database import rows
from tests.support.demo import stamp
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket

Connect = Callable[..., Socket]

# fmt: off
BROWSERS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Windows",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36":
        "Chrome on Linux",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
    " Edg/141.0.0.0": "Edge on Windows",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0"
    " Safari/605.1.15": "Safari on a Mac",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0"
    " Mobile/15E148 Safari/604.1": "Safari on iPhone",
    "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.0.0"
    " Mobile/15E148 Safari/604.1": "Chrome on iPad",
    "Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0"
    " Chrome/130.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
    " OPR/120.0": "Opera on ChromeOS",
    "Something/1.0 (Linux)": "Unknown browser on Linux",
    "python-requests/2.32": "Unknown browser",
    "<script>alert(1)</script>": "Unknown browser",
    "": "Unknown browser",
}
# fmt: on


@pytest.mark.parametrize("agent", BROWSERS, ids=BROWSERS.values())
def test_a_browser_in_words(agent: str) -> None:
    assert describe(agent) == BROWSERS[agent]


def login_ids(server: Server, person: Person) -> list[int]:
    query = "SELECT id FROM login WHERE user_id = ? AND ended_at IS NULL ORDER BY id"
    return [row["id"] for row in rows(server.database, query, person.id)]


def end(person: Person, login_id: int | str) -> int:
    return person.post_form(f"/account/logins/{login_id}/end", person.token).status_code


def test_each_is_listed_with_when_it_was_used(server: Server, alice: Person, cast: Cast) -> None:
    cast.keep(alice.elsewhere())
    first, second = login_ids(server, alice)
    long_ago = stamp(datetime.now(UTC) - timedelta(days=2))
    server.database.execute(
        "UPDATE login SET device = ?, last_used_at = ? WHERE id = ?", next(iter(BROWSERS)), long_ago, second
    )
    page = alice.get("/account").text
    assert page.count("Firefox on Windows</strong>") == 1
    assert page.count("Last used") == 1
    assert page.count("In use now") == 1
    assert f"/account/logins/{second}/end" in page
    assert f"/account/logins/{first}/end" not in page, "this one is for logging out"
    server.database.execute(
        "UPDATE login SET last_used_at = ? WHERE id = ?", stamp(datetime.now(UTC) - timedelta(days=31)), second
    )
    assert "Firefox on Windows" not in alice.get("/account").text, "it has run out"


def test_one_is_ended_with_its_sockets_and_the_others_stay(
    server: Server, alice: Person, cast: Cast, connect: Connect
) -> None:
    elsewhere = cast.keep(alice.elsewhere())
    here, there = connect(alice), connect(elsewhere)
    _, other = login_ids(server, alice)
    assert end(alice, other) == 303
    assert there.wait_for("signed_out") == {"reason": "revoked"}
    there.wait_for_end()
    assert elsewhere.get("/chat").status_code == 302
    assert alice.get("/chat").status_code == 200
    here.settle()
    assert here.got("signed_out") == []
    assert end(alice, other) == 404, "it has ended already"


def test_all_others_at_once(server: Server, alice: Person, cast: Cast, connect: Connect) -> None:
    others = [cast.keep(alice.elsewhere()) for _ in range(2)]
    there = [connect(other) for other in others]
    assert alice.post_form("/account/logins/end-others", alice.token).status_code == 303
    for socket in there:
        assert socket.wait_for("signed_out") == {"reason": "revoked"}
    assert len(login_ids(server, alice)) == 1
    assert alice.get("/account").status_code == 200


def test_nobody_else_s_is_ended(server: Server, cast: Cast, connect: Connect) -> None:
    alice, bob = cast.alice, cast.bob
    hers = connect(alice)
    (login,) = login_ids(server, alice)
    assert end(bob, login) == 404
    assert end(bob, 2**53 - 1) == 404
    assert bob.post_form("/account/logins/end-others", bob.token).status_code == 303
    assert alice.post_form(f"/account/logins/{login}/end", "wrong").status_code == 400
    stranger = cast.stranger()
    assert stranger.post_form(f"/account/logins/{login}/end", alice.token).status_code in (302, 400)
    hers.settle()
    assert hers.got("signed_out") == []
    assert login_ids(server, alice) == [login]
    assert bob.username not in alice.get("/account").text


def test_ending_one_s_own_is_a_log_out(server: Server, alice: Person) -> None:
    (login,) = login_ids(server, alice)
    answer = alice.post_form(f"/account/logins/{login}/end", alice.token)
    assert answer.headers["Location"].endswith("/login")
    assert alice.get("/chat").status_code == 302
