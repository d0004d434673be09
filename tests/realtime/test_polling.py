"""What is sent by polling: much at once, and bodies that no page would send, of clients without a log-in."""

import json
import socket

import pytest
import requests

from tests.support.people import Person
from tests.support.raw_upload import read_all, trickle
from tests.support.server import Server

POLLING = "/socket.io/?EIO=4&transport=polling"
# As long as a poll, which is PING_INTERVAL_SECONDS and PING_TIMEOUT_SECONDS, and slack.
CUT_OFF_WITHIN = 25 + 5
UNREADABLE = {
    "no text": b"\xff\xfe",
    "no packet": b"x",
    "an empty packet": b"\x1e",
    "nothing in a form": b"d=",
    "more packets than a page has": b"\x1e".join([b"3"] * 1000),
    "deep lists": b"4" + b"[" * 100_000,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_ends_the_connection(server: Server, name: str) -> None:
    with requests.Session() as client:  # one connection, so it stays with its worker
        opened = client.get(server.url + POLLING, timeout=10)
        address = f"{server.url}{POLLING}&sid={json.loads(opened.text[1:])['sid']}"
        assert client.post(address, data=UNREADABLE[name], timeout=10).status_code == 400
        assert client.get(address, timeout=10).status_code == 400


def test_what_has_gathered_in_a_page_may_come_at_once(server: Server, alice: Person) -> None:
    """Each is answered: 100 events that waited for the one request that is under way at a time."""
    with requests.Session() as client:
        client.cookies.update(alice.http.cookies)
        opened = client.get(server.url + POLLING, timeout=10)
        address = f"{server.url}{POLLING}&sid={json.loads(opened.text[1:])['sid']}"
        assert client.post(address, data="40/chat,", timeout=10).status_code == 200
        gathered = [f'42/chat,{number}["sync",{{"cursors":{{}}}}]' for number in range(100)]
        assert client.post(address, data="\x1e".join(gathered), timeout=10).status_code == 200
        answered = ""
        while '43/chat,99[{"ok":true' not in answered:
            answered += client.get(address, timeout=10).text
        assert answered.count('[{"ok":true') == 100


def begun(server: Server) -> socket.socket:
    """A connection on which the first byte of a long body was sent."""
    wire = socket.create_connection(("127.0.0.1", server.port), 10)
    head = f"Host: 127.0.0.1:{server.port}\r\n"
    wire.sendall(f"GET {POLLING} HTTP/1.1\r\n{head}\r\n".encode())
    opened = b""
    while not opened.endswith(b"\r\n0\r\n\r\n"):
        opened += wire.recv(65536)
    sid = opened.partition(b'"sid":"')[2].partition(b'"')[0].decode()
    wire.sendall(f"POST {POLLING}&sid={sid} HTTP/1.1\r\n{head}Content-Length: 200000\r\n\r\n4".encode())
    return wire


def test_a_body_that_breaks_off_ends_the_connection(server: Server) -> None:
    wire = begun(server)
    wire.shutdown(socket.SHUT_WR)
    assert read_all(wire).startswith(b"HTTP/1.1 400 ")


@pytest.mark.thorough
def test_a_body_that_trickles_is_cut_off(server: Server) -> None:
    answer = trickle(begun(server), b"x", every=2, within=CUT_OFF_WITHIN)
    assert answer.startswith(b"HTTP/1.1 400 ")
