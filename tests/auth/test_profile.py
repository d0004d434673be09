"""One's own name and settings: plain forms that say what they saved; the name is everywhere at once."""

from collections.abc import Callable

import pytest

from tests.support.database import rows
from tests.support.people import Cast, Person, fresh_name
from tests.support.server import Server
from tests.support.sockets import Socket

Connect = Callable[..., Socket]


def rename(person: Person, name: str, token: str | None = None) -> int:
    return person.post_form("/account/profile", token or person.token, display_name=name).status_code


def name_of(person: Person) -> str:
    return person.boot()["me"]["display_name"]


def test_a_new_name_is_told_found_and_sorted_by(cast: Cast, connect: Connect) -> None:
    alice, bob = cast.alice, cast.bob
    his, hers = connect(bob), connect(alice)
    stem = fresh_name("zoe")
    answer = alice.post_form("/account/profile", alice.token, display_name=f"  {stem}   Ångström  ")
    assert answer.headers["Location"].endswith("/account?saved=profile")
    assert "Your name is saved." in alice.get("/account?saved=profile").text
    user = his.wait_for("user_changed", lambda data: data["user"]["id"] == alice.id)["user"]
    assert user["display_name"] == f"{stem} Ångström" == name_of(alice)
    hers.wait_for("user_changed", lambda data: data["user"] == user)
    for q in (stem, "ångstr", alice.username):
        assert user in bob.json(f"/api/users?q={q}&limit=100")["users"]
    assert rename(alice, "Ada") == 303
    assert [one["id"] for one in bob.json(f"/api/users?q={stem}")["users"]] == []
    assert "Ada" in bob.get(f"/chat/with/{alice.username}").text


def test_who_signs_in_by_a_name_still_does(alice: Person, cast: Cast) -> None:
    assert rename(alice, "Somebody else") == 303
    assert cast.keep(alice.elsewhere()).boot()["me"]["username"] == alice.username


@pytest.mark.parametrize("name", ["x", "Ann-Sofie O’Neil", "山田太郎", "🦊", "z" * 64, "ß" * 64, "<b>Ann</b>"])
def test_names_of_all_kinds(alice: Person, name: str) -> None:
    assert rename(alice, name) == 303
    assert name_of(alice) == name
    assert "<b>Ann" not in alice.get("/account").text


@pytest.mark.parametrize(
    "name", ["", "   ", "z" * 65, "two\nlines", "two\u2028lines", "nul\x00", "\u200b\u200d", "\u3000"], ids=ascii
)
def test_bad_names_change_nothing(alice: Person, connect: Connect, name: str) -> None:
    socket = connect(alice)
    assert rename(alice, name) == 422
    assert name_of(alice) == alice.username
    socket.settle()
    assert socket.got("user_changed", lambda data: data["user"]["id"] == alice.id) == []


def test_it_takes_a_log_in_and_a_token(alice: Person, cast: Cast) -> None:
    assert rename(alice, "Mallory", token="wrong") == 400
    assert rename(cast.stranger(), "Mallory", token=alice.token) in (302, 400)
    assert name_of(alice) == alice.username


def test_one_row_is_kept_for_each_person(server: Server, alice: Person) -> None:
    for name in ("Ann", "Bea", "Cleo"):
        assert rename(alice, name) == 303
    assert len(rows(server.database, "SELECT id FROM user_change WHERE user_id = ?", alice.id)) == 1


def test_scripts_get_json(alice: Person) -> None:
    headers = {"Accept": "application/json"}
    form = {"csrf_token": alice.token, "display_name": "Ann"}
    answer = alice.http.post(f"{alice.url}/account/profile", data=form, headers=headers, timeout=30)
    assert answer.json()["user"]["display_name"] == "Ann"
    assert answer.json()["saved"]
    answer = alice.http.post(
        f"{alice.url}/account/profile", data=form | {"display_name": "z" * 65}, headers=headers, timeout=30
    )
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"] == {"display_name": "Use 1 to 64 characters."}


QUIET = {"quiet": "on", "quiet_from": "22:30", "quiet_until": "07:05", "time_zone": "Europe/Berlin"}


def test_notifications_are_a_plain_form(alice: Person, connect: Connect) -> None:
    socket = connect(alice)
    answer = alice.post_form("/account/notifications", alice.token, **QUIET)
    assert answer.headers["Location"].endswith("/account?saved=notifications")
    told = socket.wait_for("account_changed")
    assert told == {
        "quiet_from": "22:30",
        "quiet_until": "07:05",
        "time_zone": "Europe/Berlin",
        "push_shows_text": False,
    }
    page = alice.get("/account?saved=notifications").text
    assert "Quiet hours are on, from 22:30 until 07:05." in page
    assert '<option value="Europe/Berlin" selected>' in page
    assert alice.post_form("/account/notifications", alice.token, push_shows_text="on").status_code == 303
    account = alice.json("/api/account")
    assert (account["quiet_from"], account["time_zone"], account["push_shows_text"]) == (None, None, True)


def test_a_zone_that_no_list_has_stays(alice: Person) -> None:
    assert alice.call("PATCH", "/api/account", {"time_zone": "Etc/GMT-5"}).status_code == 200
    assert '<option value="Etc/GMT-5" selected>' in alice.get("/account").text


@pytest.mark.parametrize(
    "bad",
    [
        {"quiet_from": "25:00"},
        {"quiet_until": ""},
        {"quiet_until": "22:30"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
        {"time_zone": ""},
        {"quiet_from": "٢٢:٣٠"},
    ],
    ids=ascii,
)
def test_bad_settings_change_nothing_and_keep_what_was_typed(alice: Person, bad: dict[str, str]) -> None:
    before = alice.json("/api/account")
    answer = alice.post_form("/account/notifications", alice.token, **(QUIET | bad))
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert 'value="07:05"' in answer.text or "quiet_until" in bad
    assert alice.json("/api/account") == before


def test_privacy_hides_presence_too(alice: Person) -> None:
    assert alice.post_form("/account/privacy", alice.token, shares_reads="on").status_code == 303
    account = alice.json("/api/account")
    assert (account["shares_reads"], account["shares_presence"]) == (True, False)
    assert "Others see you as offline." in alice.get("/account?saved=privacy").text


def test_what_an_address_claims_to_be_saved_is_not_shown(alice: Person) -> None:
    for claim in ("<script>", "nothing", "of"):
        page = alice.get(f"/account?saved={claim}")
        assert page.status_code == 200
        assert "Saved" not in page.text
        assert "<script>&" not in page.text
