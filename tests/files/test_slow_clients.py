"""Who sends drop by drop is cut off with a word, keeps nothing from others, and leaves nothing."""

import socket
from collections.abc import Callable

import pytest

from tests.support.files import fetch, objects, picture, upload
from tests.support.people import Cast
from tests.support.processes import connections_of
from tests.support.raw_upload import END, HEAD, raw_upload, read_all, trickle
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually

Start = Callable[..., Server]
MakeCast = Callable[[Server], Cast]

# What is allowed, and what is sent how often: too little, nothing at all, enough but without an end.
TOO_SLOW = {
    "drops": ({"UPLOAD_STALL_SECONDS": "2"}, b"x" * 10, 0.1),
    "silence": ({"UPLOAD_STALL_SECONDS": "2"}, b"", 0.1),
    "no end": ({"UPLOAD_SECONDS": "3"}, b"x" * 20_000, 0.2),
}


@pytest.mark.parametrize("how", TOO_SLOW)
def test_what_comes_too_slowly_is_cut_off_and_leaves_nothing(how: str, start_with: Start, make_cast: MakeCast) -> None:
    settings, piece, every = TOO_SLOW[how]
    server = start_with(**settings)
    alice = make_cast(server).alice
    wires = [raw_upload(alice, HEAD, b"x" * 20_000, 20_000_000) for _ in range(4)]
    for wire in wires:
        answer = trickle(wire, piece, every)
        assert b" 408 " in answer.split(b"\r\n")[0], answer
        assert b"That came too slowly. Try again." in answer
    assert objects(server) == 0
    assert server.database.rows("SELECT * FROM file_removal") == []
    assert list((server.folder / "uploads").iterdir()) == []
    assert upload(alice, "a.bin", b"the places are free again")["size"] == 25


def test_what_only_takes_its_time_is_taken(start_with: Start, make_cast: MakeCast) -> None:
    """Longer in all than a piece may take."""
    alice = make_cast(start_with(UPLOAD_STALL_SECONDS="4")).alice
    piece, count = b"x" * 20_000, 14
    wire = raw_upload(alice, HEAD, b"", len(b"--B\r\n" + HEAD + b"\r\n\r\n") + count * len(piece) + len(END))
    wire.settimeout(0.4)
    for _ in range(count):
        with pytest.raises(TimeoutError):
            wire.recv(1)
        wire.sendall(piece)
    wire.sendall(END)
    wire.settimeout(30)
    assert b" 201 " in read_all(wire).split(b"\r\n")[0]


def test_who_is_refused_and_goes_on_sending_keeps_nothing_from_others(
    start_with: Start, make_cast: MakeCast, connect: Callable[..., Socket]
) -> None:
    """Of what is refused a little is still read, so that the answer can be; with no database connection meanwhile."""
    server = start_with(DATABASE_POOL="2")
    cast = make_cast(server)
    conversation = cast.alice.talk_to(cast.bob)
    hers = connect(cast.alice)
    file = upload(cast.bob, "a.txt", b"text")
    wrong = cast.alice.copy_of_cookies()
    wrong._token = "of another page"
    wires = [raw_upload(wrong, HEAD, b"x", 1_000_000) for _ in range(20)]
    for number in range(1, 11):
        assert hers.send(conversation, "the chat goes on")["seq"] == number
        assert fetch(cast.bob, file["url"]).content == b"text"
    for wire in wires:
        answer = trickle(wire, b"x", 0.1)
        assert b" 400 " in answer.split(b"\r\n")[0], answer
        assert b"csrf_failed" in answer


def test_a_picture_that_nobody_waits_for_any_more_is_not_kept(start_with: Start, make_cast: MakeCast) -> None:
    """As when a page gives up, or is closed, once all of it is sent: who sent it never learns its id."""
    server = start_with()
    alice = make_cast(server).alice
    upload(alice, "a.jpg", picture())
    before = connections_of(server)
    for _ in range(4):
        whole = picture("PNG", (1000, 1000)) + END
        wire = raw_upload(alice, HEAD, b"", len(b"--B\r\n" + HEAD + b"\r\n\r\n") + len(whole))
        wire.send(whole, socket.MSG_MORE)  # goes out together with the end of the connection
        wire.close()
    eventually(lambda: connections_of(server) <= before, within=30)
    assert len(server.database.rows("SELECT * FROM attachment")) == 1
    assert objects(server) == 2
