"""Log-out: the cookie is worth nothing from then on, and open pages hear of it."""

import contextlib
import time
from collections.abc import Callable

import pytest
import requests
from socketio.exceptions import ConnectionError as Refused
from socketio.exceptions import SocketIOError

from tests.support.people import Cast, Person
from tests.support.sockets import Socket

# The contract says a second; the slack is for a busy machine.
SIGNED_OUT_WITHIN = 1 + 4


def test_logging_out_leads_to_the_log_in_page(alice: Person) -> None:
    answer = alice.log_out()
    assert answer.status_code in (302, 303)
    assert "/login" in answer.headers["Location"]
    sent = alice.get("/chat")
    assert sent.status_code in (302, 303)
    assert "/login" in sent.headers["Location"]


def test_a_kept_cookie_is_worth_nothing(alice: Person, cast: Cast) -> None:
    thief = cast.keep(alice.copy_of_cookies())
    assert thief.get("/chat").status_code == 200
    alice.log_out()
    thief.http.cookies.update(thief.http.cookies)
    assert thief.get("/chat").status_code in (302, 303)
    refused = thief.get("/api/conversations")
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "login_required"
    late = Socket(thief)
    with pytest.raises(Refused):
        late.connect()
    assert late.refusal["message"] == "login_required"


def test_the_sockets_of_that_log_in_are_told_and_closed(
    alice: Person, cast: Cast, connect: Callable[..., Socket]
) -> None:
    elsewhere = cast.keep(alice.elsewhere())
    ended = [connect(alice), connect(alice, "polling")]
    kept = connect(elsewhere)
    start = time.monotonic()
    alice.log_out()
    for socket in ended:
        assert socket.wait_for("signed_out")["reason"]
    for socket in ended:
        socket.wait_for_end()
    assert time.monotonic() - start < SIGNED_OUT_WITHIN
    kept.settle()
    assert kept.got("signed_out") == []


def test_an_ended_one_cannot_go_on_sending(
    alice: Person, bob: Person, conversation: int, connect: Callable[..., Socket]
) -> None:
    """Whatever the client does with `signed_out`, nothing more comes through its socket."""
    socket = connect(alice)
    socket.send(conversation, "before")
    alice.log_out()
    socket.wait_for("signed_out")
    with contextlib.suppress(SocketIOError):  # the connection may be gone already
        assert socket.try_send(conversation, "after")["ok"] is False
    assert [message["body"] for message in bob.messages(conversation)] == ["before"]


def test_somebody_else_stays_in(alice: Person, bob: Person) -> None:
    alice.log_out()
    assert bob.get("/chat").status_code == 200


def test_logging_out_by_a_link_does_nothing(alice: Person) -> None:
    assert alice.get("/logout").status_code in (404, 405)
    assert alice.get("/chat").status_code == 200


def test_logging_out_without_the_token_does_nothing(alice: Person) -> None:
    answer = alice.http.post(f"{alice.url}/logout", allow_redirects=False, timeout=30)
    assert answer.status_code == 400
    assert alice.get("/chat").status_code == 200


def test_logging_out_twice_is_harmless(alice: Person) -> None:
    token = alice.token
    alice.log_out()
    answer: requests.Response = alice.http.post(
        f"{alice.url}/logout", data={"csrf_token": token}, allow_redirects=False, timeout=30
    )
    assert answer.status_code in (302, 303, 400)
