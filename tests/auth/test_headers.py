"""Security headers on every answer, whatever the route; cookies that scripts and other sites cannot use."""

import re
from collections.abc import Callable

import pytest
import requests

from tests.support.people import Cast, Person
from tests.support.routes import all_routes, fill_in
from tests.support.server import Server


def policy(answer: requests.Response) -> dict[str, list[str]]:
    directives = [part.split() for part in answer.headers["Content-Security-Policy"].split(";") if part.strip()]
    return {directive[0]: directive[1:] for directive in directives}


def check_headers(answer: requests.Response) -> None:
    csp = policy(answer)
    assert csp["default-src"] in (["'self'"], ["'none'"])
    for directive, sources in csp.items():
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"} & set(sources), directive
    assert csp["script-src"] == ["'self'"]
    assert csp["style-src"] == ["'self'"]
    assert csp["frame-ancestors"] == ["'none'"]
    assert csp["base-uri"] in (["'none'"], ["'self'"])
    assert csp["form-action"] == ["'self'"]
    assert csp.get("object-src", ["'none'"]) == ["'none'"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer", "strict-origin-when-cross-origin")
    assert answer.headers.get("X-Frame-Options", "DENY") == "DENY"
    assert "Python" not in answer.headers.get("Server", "")


def test_every_route_has_them(server: Server, alice: Person, bob: Person, cast: Cast) -> None:
    conversation = alice.talk_to(bob)
    guest = cast.stranger()
    for rule, methods in all_routes():
        if "GET" not in methods:
            continue
        path = fill_in(rule, conversation_id=conversation, username=bob.username)
        for person in (alice, guest):
            try:
                check_headers(person.get(path))
            except (AssertionError, KeyError) as error:
                raise AssertionError(f"{path}: {error!r}") from error


@pytest.mark.parametrize("path", ["/nowhere", "/chat/999999999", "/chat/with/nobody", "/api/nowhere", "/static/x"])
def test_error_pages_have_them(alice: Person, path: str) -> None:
    answer = alice.get(path)
    assert answer.status_code == 404
    check_headers(answer)


def test_static_files_have_them_and_are_kept_for_good(alice: Person) -> None:
    paths = re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css|svg))"', alice.get("/chat").text)
    assert {path.rpartition(".")[2] for path in paths} == {"js", "css", "svg"}
    for path in paths:
        answer = alice.get(path)
        assert answer.status_code == 200, path
        if path.endswith(".svg"):
            assert policy(answer) == {"default-src": ["'none'"], "frame-ancestors": ["'none'"]}
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert "immutable" in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/chat", "/account", "/api/conversations", "/api/users"])
def test_what_is_private_is_not_stored(alice: Person, path: str) -> None:
    answer = alice.get(path)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/login", "/signup"])
def test_pages_with_a_token_are_not_stored(cast: Cast, path: str) -> None:
    assert "no-store" in cast.stranger().get(path).headers["Cache-Control"]


def set_cookies(answer: requests.Response) -> list[str]:
    return answer.raw.headers.getlist("Set-Cookie")


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(cast: Cast) -> None:
    cookies = set_cookies(cast.stranger().try_sign_up())
    assert cookies
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert re.search(r"SameSite=(Lax|Strict)", cookie)
        assert "Path=/" in cookie


def test_in_production_cookies_are_for_https_and_this_host_alone(start_server: Callable[..., Server]) -> None:
    server = start_server(APP_ENV="production", SECRET_KEY="x" * 40, TRUSTED_PROXIES="1")
    answer = requests.get(f"{server.url}/login", headers={"X-Forwarded-Proto": "https"}, timeout=10)
    cookies = set_cookies(answer)
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "Domain=" not in cookie
    assert "max-age=" in answer.headers["Strict-Transport-Security"]
    check_headers(answer)


def test_a_page_is_never_shown_to_a_host_that_was_made_up(alice: Person) -> None:
    answer = alice.get("/account", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert "evil.example" not in answer.text
    assert "evil.example" not in str(answer.headers)


def test_nothing_tells_how_it_is_made(alice: Person) -> None:
    for path in ("/console", "/.git/config", "/.env", "/config.py", "/static/../config.py", "/static/..%2fconfig.py"):
        answer = alice.get(path)
        assert answer.status_code == 404, path
        assert "Traceback" not in answer.text
        assert "werkzeug" not in answer.text.lower()
