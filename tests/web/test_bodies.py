"""Who sends a form or JSON drop by drop is cut off, and keeps nothing from others meanwhile; half of one is none."""

import socket
from collections.abc import Callable

import pytest

from tests.support.people import Cast, Person
from tests.support.processes import MEGABYTE, memory_of
from tests.support.raw_upload import raw_head, raw_request, read_all, trickle
from tests.support.server import Server
from tests.support.sockets import Socket

Start = Callable[..., Server]
MakeCast = Callable[[Server], Cast]

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=B"
BEGINNINGS = {
    JSON: b'{"display_name": "',
    FORM: b"display_name=",
    PARTS: b'--B\r\nContent-Disposition: form-data; name="display_name"\r\n\r\n',
}
REQUESTS = [
    ("PATCH /api/account", JSON),
    pytest.param("POST /account/profile", JSON, marks=pytest.mark.thorough),
    pytest.param("POST /account/profile", FORM, marks=pytest.mark.thorough),
    pytest.param("POST /account/avatar", PARTS, marks=pytest.mark.thorough),
]


@pytest.mark.parametrize(("what", "kind"), REQUESTS)
def test_a_slow_body_keeps_nothing_from_others_and_is_cut_off(
    what: str, kind: str, start_server: Start, make_cast: MakeCast, connect: Callable[..., Socket]
) -> None:
    server = start_server(DATABASE_POOL="2", BODY_STALL_SECONDS="5")
    cast = make_cast(server)
    conversation = cast.alice.talk_to(cast.bob)
    hers = connect(cast.alice)
    wires = [raw_request(cast.bob, what, kind, BEGINNINGS[kind], 1000) for _ in range(20)]  # SQLite has 16 connections
    for number in range(1, 6):
        assert hers.send(conversation, "the chat goes on")["seq"] == number
        assert cast.alice.json("/api/account")["shares_reads"] is True
    for wire in wires:
        answer = trickle(wire, b"x", 0.2)
        assert b" 408 " in answer.split(b"\r\n")[0], answer
        assert b"too slowly" in answer
    assert cast.bob.boot()["me"]["display_name"] == cast.bob.username
    assert cast.alice.json("/api/account")["shares_reads"] is True


def test_what_comes_enough_at_a_time_without_an_end_is_cut_off(start_server: Start, make_cast: MakeCast) -> None:
    alice = make_cast(start_server(BODY_SECONDS="2")).alice
    wire = raw_request(alice, "PATCH /api/account", JSON, b"x", 1_000_000)
    assert b" 408 " in trickle(wire, b"x" * 17_000, 0.2).split(b"\r\n")[0]


def test_chunks_that_come_too_slowly_are_cut_off(start_server: Start, make_cast: MakeCast) -> None:
    alice = make_cast(start_server(BODY_STALL_SECONDS="2")).alice
    wire = raw_head(alice, "PATCH /api/account", JSON, "Transfer-Encoding: chunked")
    wire.sendall(b"3e8\r\n{")
    assert b" 408 " in trickle(wire, b" ", 0.2).split(b"\r\n")[0]


@pytest.mark.parametrize(
    ("what", "kind", "part"),
    [
        ("POST /account/profile", FORM, b"display_name=Ali"),
        ("POST /account/profile", PARTS, BEGINNINGS[PARTS] + b"Ali\r\n--B--\r\n"),
        ("PATCH /api/account", JSON, b'{"display_name": "Ali"}'),
    ],
)
def test_what_does_not_come_whole_changes_nothing(what: str, kind: str, part: bytes, alice: Person) -> None:
    wire = raw_request(alice, what, kind, part, len(part) + 4)
    wire.shutdown(socket.SHUT_WR)
    answer = read_all(wire)
    assert b" 400 " in answer.split(b"\r\n")[0], answer
    assert (b"did not come whole" if kind == JSON else b"Go back, reload the page and try again") in answer
    assert alice.boot()["me"]["display_name"] == alice.me["display_name"]


def test_what_only_takes_its_time_is_taken(alice: Person) -> None:
    wanted = b'{"shares_reads": false}'
    for headers, pieces in (
        (f"Content-Length: {len(wanted)}", [wanted[:5], wanted[5:]]),
        (
            "Transfer-Encoding: chunked",
            [b"5\r\n" + wanted[:5], b"\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(wanted) - 5, wanted[5:])],
        ),
    ):
        alice.call("PATCH", "/api/account", {"shares_reads": True})
        wire = raw_head(alice, "PATCH /api/account", JSON, headers)
        wire.sendall(pieces[0])
        wire.settimeout(0.5)
        with pytest.raises(TimeoutError):
            wire.recv(1)
        wire.sendall(pieces[1])
        wire.settimeout(30)
        assert b" 200 " in read_all(wire).split(b"\r\n")[0]
        assert alice.json("/api/account")["shares_reads"] is False


def test_more_than_a_body_may_have_is_refused_as_before(alice: Person) -> None:
    answer = alice.call("PATCH", "/api/account", {"time_zone": "x" * 1024 * 1024})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_long")
    assert alice.call("PATCH", "/api/account", "no object").status_code == 400
    assert alice.call("PATCH", "/api/account", {"shares_reads": True}).status_code == 200


def test_a_picture_that_is_too_large_is_not_kept_in_memory_nor_from_others(
    start_server: Start, make_cast: MakeCast, connect: Callable[..., Socket]
) -> None:
    server = start_server(DATABASE_POOL="2", BODY_STALL_SECONDS="5")
    cast = make_cast(server)
    conversation = cast.alice.talk_to(cast.bob)
    hers = connect(cast.alice)
    assert cast.bob.token
    before = memory_of(server)
    part = BEGINNINGS[PARTS] + b"x" * 4 * MEGABYTE
    wires = [raw_request(cast.bob, "POST /account/avatar", PARTS, part, 30 * MEGABYTE) for _ in range(20)]
    for number in range(1, 6):
        assert hers.send(conversation, "the chat goes on")["seq"] == number
        assert cast.alice.json("/api/account")["shares_reads"] is True
    assert memory_of(server) - before < 30 * MEGABYTE
    for wire in wires:
        answer = trickle(wire, b"x", 0.2)
        assert b" 413 " in answer.split(b"\r\n")[0], answer
        assert b"This file is too large." in answer
