"""Changing one's own password ends every other log-in, and keeps this one."""

import time
from collections.abc import Callable

import pytest

from tests.auth.test_logout import SIGNED_OUT_WITHIN
from tests.support.people import Cast, Person, fresh_password
from tests.support.server import Server
from tests.support.sockets import Socket


def change(person: Person, current: str, new: str, repeated: str | None = None) -> int:
    return person.post_form(
        "/account", current_password=current, password=new, password2=new if repeated is None else repeated
    ).status_code


def test_the_new_password_counts_and_the_old_one_does_not(server: Server, alice: Person, cast: Cast) -> None:
    new = fresh_password()
    assert change(alice, alice.password, new) in (200, 302, 303)
    assert cast.keep(Person(server.url, alice.username, alice.password)).try_log_in().status_code == 401
    assert cast.keep(Person(server.url, alice.username, new)).try_log_in().status_code in (302, 303)


def test_other_log_ins_end_with_their_sockets_and_this_one_stays(
    alice: Person, cast: Cast, connect: Callable[..., Socket]
) -> None:
    elsewhere = cast.keep(alice.elsewhere())
    here, there = connect(alice), connect(elsewhere)
    assert change(alice, alice.password, fresh_password()) in (200, 302, 303)
    start = time.monotonic()
    assert there.wait_for("signed_out")["reason"]
    there.wait_for_end()
    assert time.monotonic() - start < SIGNED_OUT_WITHIN
    assert elsewhere.get("/chat").status_code in (302, 303)
    assert alice.get("/chat").status_code == 200
    here.settle()
    assert here.got("signed_out") == []


def test_a_stranger_is_sent_to_the_log_in_page(cast: Cast) -> None:
    answer = cast.stranger().get("/account")
    assert answer.status_code in (302, 303)
    assert "/login" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("current", "new", "repeated"),
    [
        ("wrong password", "a fine new password", None),
        (None, "short", None),
        (None, "password", None),
        (None, "a fine new password", "another one"),
        (None, "", None),
        ("", "a fine new password", None),
        (None, "nul\x00nul\x00nul", None),
        (None, "x" * 5000, None),
    ],
)
def test_bad_input_changes_nothing(
    alice: Person, cast: Cast, current: str | None, new: str, repeated: str | None
) -> None:
    elsewhere = cast.keep(alice.elsewhere())
    assert change(alice, alice.password if current is None else current, new, repeated) in (400, 401, 422)
    assert elsewhere.get("/chat").status_code == 200
    cast.keep(alice.elsewhere())
