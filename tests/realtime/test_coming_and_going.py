"""Sockets that come and go quickly leave nothing behind, and lose nothing."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from chatapp.realtime import sockets
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually


def test_a_message_saved_past_this_process_reaches_open_pages(
    server: Server, alice: Person, conversation: int, connect: Callable[..., Socket]
) -> None:
    """As when a broadcast is lost: the version moved, nobody emitted. Rule 4 allows 30 s."""
    listener = connect(alice)
    server.database.execute(
        "INSERT INTO message (conversation_id, seq, version, kind, sender_id, client_id, body, created_at)"
        " VALUES (?, 1, 1, 'text', ?, ?, 'past everybody', '2026-01-01 00:00:00.000000')",
        *(conversation, alice.id, str(uuid.uuid4())),
    )
    server.database.execute("UPDATE conversation SET last_seq = 1, version = 1 WHERE id = ?", conversation)
    told = listener.wait_for("head", within=30)
    assert told == {"conversation_id": conversation, "version": 1}


@pytest.mark.one_process("about long polling, for which several workers on one port are no home")
def test_a_page_that_closes_while_it_connects_is_not_kept(
    start_server: Callable[..., Server], make_cast: Callable[[Server], Cast], connect: Callable[..., Socket]
) -> None:
    """Over polling, the close comes while the connect is at the database. What was left of one would count against
    the number of sockets that one person may have."""
    server = start_server(RATE_LIMITS="on")
    alice = make_cast(server).alice
    taken = 0
    with ThreadPoolExecutor(2) as pool:
        while taken < 25:  # a page that was not let in yet is closed as well; then it is too late to connect
            opened = alice.get("/socket.io/?EIO=4&transport=polling")
            sid = requests.models.complexjson.loads(opened.text[1:])["sid"]
            address = f"{server.url}/socket.io/?EIO=4&transport=polling&sid={sid}"
            joined, closed = (
                pool.submit(requests.post, address, data=packet, cookies=alice.http.cookies, timeout=30)
                for packet in ("40/chat,", "1")
            )
            assert closed.result().status_code == 200
            assert joined.result().status_code in (200, 400)
            taken += joined.result().status_code == 200
    for _ in range(sockets.MAX_PER_USER):
        connect(alice)


def test_cursors_that_cannot_be_ids_are_refused(alice: Person, connect: Callable[..., Socket]) -> None:
    socket = connect(alice)
    for key in ("99999999999999999999", "-1", "1_0", " 7 ", "0", "x", ""):
        ack = socket.request("sync", {"cursors": {key: 0}})
        assert ack["ok"] is False, key
        assert ack["error"]["code"] == "bad_request"


def test_a_log_in_that_ran_out_closes_its_page(server: Server, alice: Person, connect: Callable[..., Socket]) -> None:
    socket = connect(alice)
    server.database.execute("UPDATE login SET last_used_at = '2020-01-01 00:00:00.000000' WHERE user_id = ?", alice.id)
    assert socket.wait_for("signed_out", within=30) == {"reason": "expired"}  # looked for each 10 s
    socket.wait_for_end()
    eventually(lambda: alice.get("/chat").status_code == 302)
