"""Log-in: the right password gets in, a wrong one learns nothing, guessing is slowed down."""

import re
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.people import Cast, Person, fresh_name
from tests.support.server import Server
from tests.support.services import send_signal
from tests.support.waiting import eventually

SHELL = re.compile(r"<(?:input|meta)[^>]*csrf[^>]*>|value=\"[^\"]*\"|/static/\w+/")


def words_of(page: str, name: str) -> str:
    """A page without what differs from request to request."""
    return SHELL.sub("", page).replace(name, "NAME")


def test_the_right_password_lands_in_the_chat(server: Server, alice: Person, cast: Cast) -> None:
    again = cast.keep(Person(server.url, alice.username, alice.password))
    answer = again.try_log_in()
    assert answer.status_code in (302, 303)
    assert answer.headers["Location"].endswith("/chat")
    assert again.get("/chat").status_code == 200


@pytest.mark.parametrize("sign", [signal.SIGSTOP, signal.SIGKILL])
def test_it_works_without_what_makes_hashes_beside_the_server(
    own_server: Server, make_cast: Callable[[Server], Cast], sign: signal.Signals
) -> None:
    cast = make_cast(own_server)
    person = cast.person("alice")

    def helpers() -> list[int]:
        """A log-in starts one; a machine without any time for it gives it up soon."""
        cast.keep(person.elsewhere())
        return own_server.helper_pids()

    hit = eventually(helpers, within=60)
    try:
        for pid in hit:
            send_signal(pid, sign)
        for _ in range(3):
            cast.keep(person.elsewhere())
            assert cast.keep(Person(own_server.url, person.username)).try_log_in().status_code == 401
    finally:
        for pid in hit:
            send_signal(pid, signal.SIGKILL)


def test_the_name_may_be_typed_in_any_case(server: Server, alice: Person, cast: Cast) -> None:
    cast.keep(Person(server.url, alice.username.upper(), alice.password)).log_in()


def test_a_wrong_password_and_an_unknown_name_get_the_same_words(server: Server, alice: Person, cast: Cast) -> None:
    wrong = cast.keep(Person(server.url, alice.username)).try_log_in()
    unknown_name = fresh_name("nobody")
    unknown = cast.keep(Person(server.url, unknown_name)).try_log_in()
    assert wrong.status_code == unknown.status_code == 401
    assert words_of(wrong.text, alice.username) == words_of(unknown.text, unknown_name)
    assert "Wrong name or password" in wrong.text


@pytest.mark.parametrize(
    "fields",
    [
        {"username": ""},
        {"password": ""},
        {"username": "x" * 5000},
        {"password": "x" * 50_000},
        {"username": "nul\x00"},
        {"password": "nul\x00"},
        {"username": "' OR 1=1 --"},
    ],
    ids=lambda fields: ascii(fields)[:40],
)
def test_bad_input_is_refused(alice: Person, cast: Cast, fields: dict[str, str]) -> None:
    guest = cast.stranger()
    answer = guest.try_log_in(**({"username": alice.username, "password": alice.password} | fields))
    assert answer.status_code in (400, 401, 422)
    assert guest.get("/chat").status_code in (302, 303, 401)


def test_the_session_is_renewed(server: Server, alice: Person, cast: Cast) -> None:
    """What a guest's cookie was before the log-in is worth nothing after it."""
    guest = cast.keep(Person(server.url, alice.username, alice.password))
    guest.form_token("/login")
    planted = cast.keep(guest.copy_of_cookies())
    before = guest.cookie
    guest.log_in()
    assert guest.cookie != before
    assert planted.get("/chat").status_code in (302, 303, 401)


def test_each_log_in_is_its_own(alice: Person, cast: Cast) -> None:
    second = cast.keep(alice.elsewhere())
    assert second.cookie != alice.cookie
    second.log_out()
    assert alice.get("/chat").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/%5Cevil.example",
        "///evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "https:/evil.example",
        "@evil.example",
    ],
)
def test_next_leads_nowhere_else(server: Server, alice: Person, cast: Cast, target: str) -> None:
    guest = cast.keep(Person(server.url, alice.username, alice.password))
    answer = guest.post_form("/login", username=alice.username, password=alice.password, next=target)
    assert answer.status_code in (302, 303)
    location = answer.headers["Location"].removeprefix(server.url)
    assert re.match(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*$", location), location


def test_next_leads_back_to_a_page_of_the_chat(server: Server, alice: Person, cast: Cast) -> None:
    guest = cast.keep(Person(server.url, alice.username, alice.password))
    sent = guest.get("/account")
    assert sent.status_code in (302, 303)
    assert "/login" in sent.headers["Location"]
    answer = guest.post_form("/login", username=alice.username, password=alice.password, next="/account")
    assert answer.headers["Location"].removeprefix(server.url) == "/account"


def test_somebody_deactivated_does_not_get_in(server: Server, alice: Person, cast: Cast) -> None:
    server.flask("user", "deactivate", alice.username)
    assert alice.get("/chat").status_code in (302, 303, 401)
    assert cast.keep(Person(server.url, alice.username, alice.password)).try_log_in().status_code == 401


@pytest.fixture
def limited(start_server: Callable[..., Server]) -> Server:
    return start_server(RATE_LIMITS="on")


def test_guessing_at_one_account_is_throttled(limited: Server, make_cast: Callable[[Server], Cast]) -> None:
    cast = make_cast(limited)
    alice, bob = cast.alice, cast.bob
    guesser = cast.stranger()
    codes = [guesser.try_log_in(username=alice.username, password=f"guess {i}").status_code for i in range(15)]
    assert codes[0] == 401
    assert codes[-1] == 429
    refused = guesser.try_log_in(username=alice.username.upper(), password=alice.password)
    assert refused.status_code == 429, "another case of the name is the same account"
    assert int(refused.headers["Retry-After"]) > 0
    assert "Try again" in refused.text
    assert cast.keep(Person(limited.url, bob.username, bob.password)).try_log_in().status_code in (302, 303)


def test_guessing_at_many_accounts_from_one_address_is_throttled(
    limited: Server, make_cast: Callable[[Server], Cast]
) -> None:
    cast = make_cast(limited)
    guesser = cast.stranger()
    codes = [guesser.try_log_in(username=f"victim{i}", password="guess it").status_code for i in range(60)]
    assert codes[0] == 401
    assert codes[-1] == 429


def test_log_ins_are_logged_without_secrets(server: Server, cast: Cast) -> None:
    start = server.log_size()
    alice = cast.alice
    guest = cast.stranger()
    guest.try_log_in(username=alice.username, password="a wrong secret\nlogin begun user=1")
    log = server.log(start)
    assert "login begun" in log
    assert "login failed" in log
    assert "secret" not in log
    assert alice.password not in log


def test_guesses_in_parallel_are_throttled_as_well(
    start_server: Callable[..., Server], make_cast: Callable[[Server], Cast]
) -> None:
    """Counted before the slow hash, not after it."""
    server = start_server(RATE_LIMITS="on")
    target = make_cast(server).person("target")
    guessers = [Person(server.url, target.username, "not the password") for _ in range(30)]
    tokens = [guesser.form_token("/login") for guesser in guessers]
    with ThreadPoolExecutor(len(guessers)) as pool:
        answers = pool.map(
            lambda guess: (
                guess[0]
                .post_form("/login", guess[1], username=target.username, password="not the password")
                .status_code
            ),
            zip(guessers, tokens, strict=True),
        )
        codes = sorted(answers)
    for guesser in guessers:
        guesser.close()
    assert codes == [401] * 10 + [429] * 20


@pytest.mark.parametrize("target", ["//[", "http://[", "/\\[", "//[::1"])
def test_a_next_page_that_is_no_address_is_forgotten(cast: Cast, target: str) -> None:
    assert cast.stranger().get("/login", params={"next": target}).status_code == 200
