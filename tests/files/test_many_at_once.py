"""Many who want much at the same time: pictures that wait for their turn, readers that hardly read."""

import os
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.support.files import fetch, picture, send_files, try_upload, upload
from tests.support.people import Cast, Person
from tests.support.processes import MEGABYTE, connections_of, memory_of
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.together import all_at_once
from tests.support.waiting import eventually

pytestmark = pytest.mark.thorough

Start = Callable[..., Server]
MakeCast = Callable[[Server], Cast]
Connect = Callable[..., Socket]

READERS = 300
# What the system keeps for a connection is not the worker's; of a film it has a piece at a time.
BYTES_OF_A_READER = 200_000


def test_pictures_that_wait_for_their_turn_keep_nothing_from_others(
    start_with: Start, make_cast: MakeCast, connect: Connect
) -> None:
    """Of a database with few connections, not one."""
    server = start_with(DATABASE_POOL="2")
    cast = make_cast(server)
    conversation = cast.alice.talk_to(cast.bob)
    hers = connect(cast.alice)
    large = picture("PNG", (3000, 2000))
    uploaders = [browser_of(cast, person) for person in [cast.person() for _ in range(3)] for _ in range(4)]
    answers: list[str] = []
    acks: list[dict[str, Any]] = []

    def send(who: Person) -> None:
        try:
            answer = try_upload(who, "a.png", large)
            answers.append("taken" if answer.status_code == 201 else answer.text)
        except requests.RequestException as error:
            answers.append(str(error))

    def chat() -> None:
        while len(answers) < len(uploaders):
            acks.append(hers.try_send(conversation, "the chat goes on"))
            time.sleep(0.1)  # as somebody who types would

    all_at_once(*[lambda who=who: send(who) for who in uploaders], chat)
    assert {ack["ok"] for ack in acks} == {True}
    assert answers == ["taken"] * len(uploaders)


def test_readers_that_hardly_read_take_little_and_leave_nothing(
    start_with: Start, make_cast: MakeCast, connect: Connect, storage: dict[str, str]
) -> None:
    if storage:
        pytest.skip("S3 serves them")
    server = start_with()
    cast = make_cast(server)
    conversation = cast.alice.talk_to(cast.bob)
    hers = connect(cast.alice)
    made = upload(cast.alice, "film.mp4", b"\0\0\0\x18ftypisom" + os.urandom(20_000_000))
    send_files(hers, conversation, made)
    before = connections_of(server)
    grown = []
    first = memory_of(server)
    for _ in range(3):
        readers = [reader(cast.bob, made["url"]) for _ in range(READERS)]
        assert hers.try_send(conversation, "the chat goes on")["ok"] is True
        assert fetch(cast.bob, made["url"], headers={"Range": "bytes=4-7"}).content == b"ftyp"
        grown.append(memory_of(server) - first)
        if len(grown) < 3:  # they go away with most of it unread
            for wire in readers:
                wire.close()
            eventually(lambda: connections_of(server) <= before, within=30)
    assert max(grown) < READERS * BYTES_OF_A_READER
    assert grown[2] - grown[1] < 10 * MEGABYTE, "of those who went nothing is left"
    # Those who are there, and read nothing at all, are given up; and the connection ends before the file does
    eventually(lambda: connections_of(server) <= before, within=90)
    for wire in readers:
        assert len(read_rest(wire)) < made["size"]
    assert hers.try_send(conversation, "the chat goes on")["ok"] is True


def browser_of(cast: Cast, person: Person) -> Person:
    """One more of theirs."""
    token = person.token  # first, since the cookie stands for it
    browser = cast.keep(person.copy_of_cookies())
    browser._token = token
    return browser


def reader(person: Person, url: str) -> socket.socket:
    """Gets a file, and has little room for what comes. One at a time: it is not about how many may ask at once."""
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.settimeout(30)
    wire.connect(("127.0.0.1", int(person.url.rpartition(":")[2])))
    wire.sendall(f"GET {url} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {person.cookie}\r\n\r\n".encode())
    assert wire.recv(500).startswith(b"HTTP/1.1 200")
    return wire


def read_rest(wire: socket.socket) -> bytes:
    with wire:
        found = b""
        while piece := wire.recv(65536):
            found += piece
    return found
