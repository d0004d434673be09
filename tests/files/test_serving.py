"""Parts, caches and many slow readers."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.files import fetch, picture, send_files, upload
from tests.support.people import Person
from tests.support.raw_upload import read_all
from tests.support.sockets import Socket

Connect = Callable[..., Socket]


@pytest.fixture
def film(alice: Person) -> tuple[dict[str, Any], bytes]:
    data = b"\0\0\0\x18ftypisom" + os.urandom(300_000)
    return upload(alice, "a.mp4", data), data


RANGES = {
    "bytes=0-0": (0, 1),
    "bytes=0-99": (0, 100),
    "bytes=100-": (100, 300_012),
    "bytes=-100": (299_912, 300_012),
    "bytes=-999999999": (0, 300_012),
    "bytes=299000-999999999": (299_000, 300_012),
    "bytes=65530-65550": (65_530, 65_551),
}


def test_films_are_sent_in_parts(alice: Person, film: tuple[dict[str, Any], bytes]) -> None:
    made, data = film
    for wanted, (start, end) in RANGES.items():
        answer = fetch(alice, made["url"], headers={"Range": wanted})
        assert (answer.status_code, answer.content) == (206, data[start:end]), wanted
        assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(data)}"
        assert answer.headers["Content-Length"] == str(end - start)
    beyond = fetch(alice, made["url"], headers={"Range": "bytes=300012-"})
    assert beyond.status_code == 416


def test_parts_that_make_no_sense_are_the_whole(
    alice: Person, film: tuple[dict[str, Any], bytes], storage: dict[str, str]
) -> None:
    if storage:
        pytest.skip("the S3's own affair")
    made, data = film
    for wanted in ("bytes=5-1", "bytes=a-b", "lines=0-1", "bytes=0-1,5-9", "bytes", ""):
        answer = fetch(alice, made["url"], headers={"Range": wanted})
        assert (answer.status_code, answer.content) == (200, data), wanted
    tag = answer.headers["ETag"]
    assert fetch(alice, made["url"], headers={"Range": "bytes=0-9", "If-Range": tag}).status_code == 206
    for other in ('"other"', "Wed, 21 Oct 2026 07:28:00 GMT"):
        answer = fetch(alice, made["url"], headers={"Range": "bytes=0-9", "If-Range": other})
        assert (answer.status_code, answer.content) == (200, data)
    beyond = fetch(alice, made["url"], headers={"Range": "bytes=300012-"})
    assert beyond.headers["Content-Range"] == "bytes */300012"


def test_what_is_asked_for_as_a_download_is_one(alice: Person, bob: Person, film: tuple[dict[str, Any], bytes]) -> None:
    """Also where it is kept elsewhere: a browser that was sent there would show it in place of the page."""
    made, data = film
    answer = alice.get(f"{made['url']}?download")
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="a.mp4"')
    assert bob.get(f"{made['url']}?download").status_code == 404


def test_browsers_keep_it_and_ask_each_time(
    alice: Person, bob: Person, conversation: int, connect: Connect, storage: dict[str, str]
) -> None:
    if storage:
        pytest.skip("what S3 sends is not asked for again by its tag")
    made = upload(alice, "a.jpg", picture())
    hers = connect(alice)
    message = send_files(hers, conversation, made)
    for url in (made["url"], made["thumbnail_url"]):
        first = bob.get(url)
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert "Cookie" in first.headers["Vary"]
        again = bob.get(url, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        head = bob.http.head(bob.url + url, timeout=10)
        assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(first.content)))
    hers.request("message_delete", {"message_id": message["id"]})
    gone = bob.get(made["url"], headers={"If-None-Match": '"x"'})
    assert gone.status_code == 404
    assert gone.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("what", ["removed", "cut short"])
def test_what_is_gone_in_the_middle_ends_the_connection(
    what: str, alice: Person, instance: Path, storage: dict[str, str]
) -> None:
    """Else what is said next would be taken for the rest of it."""
    if storage:
        pytest.skip("S3 serves them")
    made = upload(alice, "big.bin", os.urandom(20_000_000))
    key = made["url"].split("/")[2]
    kept = instance / "files" / key[:2] / key
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.settimeout(30)
    wire.connect(("127.0.0.1", int(alice.url.rpartition(":")[2])))
    request = f"GET {made['url']} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {alice.cookie}\r\n\r\n".encode()
    wire.sendall(request * 2)
    start = wire.recv(1000)
    if what == "removed":
        kept.unlink()
    else:
        os.truncate(kept, 19_999_990)  # within the last piece that is read
    found = start + read_all(wire)
    assert found.startswith(b"HTTP/1.1 200")
    assert len(found) < made["size"]
    assert found.count(b"HTTP/1.1") == 1
    assert fetch(alice, made["url"], headers={"Range": "bytes=19999999-"}).status_code in (404, 503)


def test_slow_readers_hold_nobody_up(
    alice: Person, bob: Person, conversation: int, connect: Connect, storage: dict[str, str]
) -> None:
    if storage:
        pytest.skip("S3 serves them")
    made = upload(alice, "big.bin", os.urandom(20_000_000))
    request = f"GET {made['url']} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {alice.cookie}\r\n\r\n".encode()
    readers = []
    for _ in range(200):
        wire = socket.create_connection(("127.0.0.1", int(alice.url.rpartition(":")[2])), 30)
        wire.sendall(request)
        readers.append(wire)
    for wire in readers:
        assert wire.recv(1000).startswith(b"HTTP/1.1 200")
    began = time.monotonic()
    hers, his = connect(alice), connect(bob)
    for number in range(20):
        hers.send(conversation, f"line {number}")
    his.settle()
    assert len(bob.messages(conversation)) == 20
    assert fetch(alice, made["url"], headers={"Range": "bytes=0-9"}).status_code == 206
    assert time.monotonic() - began < 20, "nobody would call that chatting"
    for wire in readers:
        wire.close()
