"""Another process holds SQLite's write lock: sends are told so in time, everything else goes on."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import pytest
import requests

from tests.support.database import stored_messages
from tests.support.people import Cast
from tests.support.recorder import Recorder
from tests.support.server import Server
from tests.support.sockets import Socket

pytestmark = pytest.mark.one_process("about SQLite's lock on the whole database")

# The contract: a send answers within 3 s; the slack is for a busy machine.
ANSWERED_WITHIN = 3 + 3
LOCKED_SECONDS = 10.0


def test_locked_for_ten_seconds(
    own_server: Server, make_cast: Callable[[Server], Cast], connect: Callable[..., Socket]
) -> None:
    cast = make_cast(own_server)
    conversation = cast.alice.talk_to(cast.bob)
    hers, his = connect(cast.alice), connect(cast.bob)
    first = hers.send(conversation, "before")
    client_id = "0b54ad4c-3ee0-4f1c-9d3c-5b1f1f2d7a55"
    took: list[float] = []
    with closing(sqlite3.connect(own_server.database.path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        while time.monotonic() - start < LOCKED_SECONDS:
            asked = time.monotonic()
            his.emit("read_mark", {"conversation_id": conversation, "seq": 1})
            hers_answered: list[dict[str, object]] = []
            hers.emit(
                "message_create",
                {"conversation_id": conversation, "client_id": client_id, "body": "meanwhile"},
                hers_answered.append,
            )
            while not hers_answered:
                assert time.monotonic() - asked < ANSWERED_WITHIN, "no answer in time"
                took.append(check_alive(own_server, cast, conversation))
            assert hers_answered[0]["ok"] is False
            assert hers_answered[0]["error"]["code"] == "unavailable"  # type: ignore[index]
        holder.execute("ROLLBACK")
    # One that waits for the lock itself stands still for each of the sends; a busy machine does once or twice.
    assert len([seconds for seconds in took if seconds > 1]) < 3, f"the loop stood still: {sorted(took)[-5:]}"
    message = hers.send(conversation, "meanwhile", client_id)
    assert message["seq"] == 2
    his.wait_for("message_created", lambda data: data["message"]["seq"] == 2)
    assert [row["id"] for row in stored_messages(own_server.database, conversation)] == [first["id"], message["id"]]
    his.settle()
    assert [data["message"]["seq"] for data in his.got("message_created")] == [1, 2]


def check_alive(server: Server, cast: Cast, conversation: int) -> float:
    """Reads go on; gives back how long the slowest of them took, in seconds."""
    start = time.monotonic()
    assert requests.get(f"{server.url}/healthz", timeout=5).status_code == 200
    middle = time.monotonic()
    assert cast.bob.get(f"/api/conversations/{conversation}/messages").status_code == 200
    return max(middle - start, time.monotonic() - middle)


def test_locked_again_and_again_under_traffic(
    own_server: Server, make_recorder: Callable[..., Recorder], seed: int
) -> None:
    recorder = make_recorder(own_server, seed, drop_chance=0.01, resend_chance=0.02)

    def lock_now_and_then() -> None:
        for _ in range(2):
            with closing(sqlite3.connect(own_server.database.path, isolation_level=None, timeout=30)) as holder:
                holder.execute("BEGIN IMMEDIATE")
                time.sleep(2.5)  # the fault itself: so long nobody else can write
                holder.execute("ROLLBACK")

    recorder.run(50, lock_now_and_then)
    assert recorder.acked == 50 * len(recorder.clients)
    refusals = [refusal for one in recorder.clients for refusal in one.notes.refusals]
    assert {code for code, _ in refusals} <= {"unavailable"}
    assert all(seconds < ANSWERED_WITHIN for _, seconds in refusals), refusals
    recorder.check()


def test_pages_say_so_in_plain_words(own_server: Server, make_cast: Callable[[Server], Cast]) -> None:
    """Log-ins need to write; while they cannot, the answer is a page, and later they work again."""
    cast = make_cast(own_server)
    newcomer = cast.stranger()
    token = newcomer.form_token("/signup")
    fields = {"username": newcomer.username, "password": newcomer.password, "password2": newcomer.password}
    with closing(sqlite3.connect(own_server.database.path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        answer = newcomer.post_form("/signup", token, **fields)
        holder.execute("ROLLBACK")
    assert answer.status_code == 503
    assert "Traceback" not in answer.text
    newcomer.sign_up()
