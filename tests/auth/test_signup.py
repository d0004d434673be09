"""Sign-up: whoever is new lands in the chat; a name is somebody's once, whatever its case."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.database import rows
from tests.support.people import Cast, Person, fresh_name
from tests.support.server import Server


def accounts_named(server: Server, username: str) -> int:
    return rows(server.database, 'SELECT count(*) AS n FROM "user" WHERE lower(username) = ?', username.lower())[0]["n"]


def test_signing_up_lands_in_the_chat(cast: Cast) -> None:
    newcomer = cast.stranger()
    answer = newcomer.try_sign_up()
    assert answer.status_code in (302, 303)
    assert answer.headers["Location"].endswith("/chat")
    assert newcomer.get("/chat").status_code == 200
    assert newcomer.me["username"] == newcomer.username
    assert not newcomer.me.get("is_admin"), "nobody becomes an admin by signing up"


def test_the_password_is_kept_as_argon2id(server: Server, cast: Cast) -> None:
    alice = cast.alice
    (row,) = rows(server.database, 'SELECT password_hash FROM "user" WHERE id = ?', alice.id)
    assert row["password_hash"].startswith("$argon2id$")


@pytest.mark.parametrize("change", [str.upper, str.lower, str.title, str.swapcase])
def test_a_name_in_another_case_is_taken(server: Server, cast: Cast, change) -> None:  # type: ignore[no-untyped-def]
    alice = cast.alice
    other = cast.stranger()
    answer = other.try_sign_up(username=change(alice.username))
    assert answer.status_code in (400, 422)
    assert "taken" in answer.text.lower()
    assert accounts_named(server, alice.username) == 1


def test_eight_at_once_make_one_account(server: Server, cast: Cast) -> None:
    name = fresh_name("race")
    racers = [cast.keep(Person(server.url, name.upper() if i % 2 else name)) for i in range(8)]
    tokens = [racer.form_token("/signup") for racer in racers]

    def sign_up(i: int) -> int:
        racer = racers[i]
        return racer.post_form(
            "/signup", tokens[i], username=racer.username, password=racer.password, password2=racer.password
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(sign_up, range(8)))
    assert sorted(code in (302, 303) for code in codes) == [False] * 7 + [True], codes
    assert all(code in (302, 303, 400, 422) for code in codes), codes
    assert accounts_named(server, name) == 1


@pytest.mark.parametrize(
    "password",
    [
        "lowercaseonly",
        "48152962",
        "        x       ",
        "correct horse battery staple",
        "пароль-из-слов",
        "密码足够长八个字",
        "🐎🔋📎✅🐎🔋📎✅",
        "x" * 32 + "y" * 32,
        "long " * 20 + "end",
    ],
)
def test_no_rules_of_composition(server: Server, cast: Cast, password: str) -> None:
    somebody = cast.stranger()
    somebody.password = password
    assert somebody.try_sign_up().status_code in (302, 303)
    again = cast.keep(Person(server.url, somebody.username, password))
    assert again.try_log_in().status_code in (302, 303)


def test_a_long_password_counts_to_its_last_character(server: Server, cast: Cast) -> None:
    somebody = cast.stranger()
    somebody.password = "a1" * 50
    somebody.sign_up()
    again = cast.keep(Person(server.url, somebody.username, "a1" * 49 + "a2"))
    assert again.try_log_in().status_code == 401


@pytest.mark.parametrize(
    "password", ["", "1234567", "sevench", "🐎" * 7, "password", "Password", "12345678", "qwertyuiop", "iloveyou"]
)
def test_a_short_or_common_password_is_refused(server: Server, cast: Cast, password: str) -> None:
    somebody = cast.stranger()
    answer = somebody.try_sign_up(password=password, password2=password)
    assert answer.status_code in (400, 422)
    assert accounts_named(server, somebody.username) == 0


def test_the_refused_form_comes_back_with_the_name_and_the_reason(cast: Cast) -> None:
    somebody = cast.stranger()
    answer = somebody.try_sign_up(password="1234567", password2="1234567")
    assert somebody.username in answer.text
    assert "8 characters" in answer.text
    assert "1234567" not in answer.text, "a password must not come back in a page"


@pytest.mark.parametrize(
    "fields",
    [
        {"password2": "something else"},
        {"password2": ""},
        {"username": ""},
        {"username": "   "},
        {"username": "a" * 33},
        {"username": "a" * 5000},
        {"username": "white space"},
        {"username": "slash/slash"},
        {"username": "<b>x</b>"},
        {"username": "nul\x00byte"},
        {"username": "line\nbreak"},
        {"username": "ümlaut"},
        {"username": "..."},
        {"username": "a\u202eb"},
        {"password": "x" * 5000, "password2": "x" * 5000},
        {"password": "nul\x00nul\x00nul", "password2": "nul\x00nul\x00nul"},
    ],
    ids=ascii,
)
def test_bad_input_is_refused(cast: Cast, fields: dict[str, str]) -> None:
    somebody = cast.stranger()
    answer = somebody.try_sign_up(**fields)
    assert answer.status_code in (400, 422)
    assert somebody.get("/chat").status_code in (302, 303, 401)


def test_bytes_that_are_no_text_are_refused(cast: Cast) -> None:
    somebody = cast.stranger()
    token = somebody.form_token("/signup")
    answer = somebody.http.post(
        f"{somebody.url}/signup",
        data=f"csrf_token={token}&username=%ff%fe&password=%ed%a0%80%ed%a0%80aaaaaa&password2=%ed%a0%80%ed%a0%80aaaaaa",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        allow_redirects=False,
        timeout=30,
    )
    assert answer.status_code in (400, 422)


def test_fields_that_nobody_asked_for_change_nothing(server: Server, cast: Cast) -> None:
    somebody = cast.stranger()
    assert somebody.try_sign_up(is_admin="1", id="1", is_active="0").status_code in (302, 303)
    (row,) = rows(server.database, 'SELECT is_admin, is_active FROM "user" WHERE id = ?', somebody.id)
    assert row == {"is_admin": 0, "is_active": 1}


def test_the_eleventh_rapid_sign_up_is_refused_with_a_reason(start_server, make_cast) -> None:  # type: ignore[no-untyped-def]
    cast = make_cast(start_server(RATE_LIMITS="on"))
    answers = [cast.stranger().try_sign_up() for _ in range(11)]
    assert [answer.status_code in (302, 303) for answer in answers] == [True] * 10 + [False]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "Try again" in answers[-1].text


def test_all_that_is_wrong_is_said_at_once(cast: Cast) -> None:
    answer = cast.stranger().try_sign_up(username="x y", password="password1", password2="another1")
    assert answer.status_code == 422
    for reason in ("letters from a to z", "attackers try first", "two passwords differ"):
        assert reason in answer.text
