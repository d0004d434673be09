"""`message_delete` and `message_restore`: for everybody, in its place, undone for a while, and then really gone."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chatapp.lib.clock import now
from chatapp.models.conversation import slot_of
from chatapp.realtime.lost_broadcasts import RECENT_SECONDS
from tests.support.database import stored_messages
from tests.support.demo import send_many
from tests.support.groups import add, make_group, remove, view
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually
from tests.support.workers import beside

Connect = Callable[..., Socket]


def delete(socket: Socket, message_id: Any) -> Any:
    return socket.request("message_delete", {"message_id": message_id})


def restore(socket: Socket, message_id: Any) -> Any:
    return socket.request("message_restore", {"message_id": message_id})


def code_of(ack: Any) -> str:
    assert ack["ok"] is False, ack
    return ack["error"]["code"]


@pytest.fixture
def group(cast: Cast) -> int:
    """Alice's, with Bob and Charlie."""
    return make_group(cast.alice, cast.bob, cast.charlie)


def test_it_goes_for_everybody_and_keeps_its_place(server: Server, cast: Cast, connect: Connect, group: int) -> None:
    hers, his, thirds, outsider = (connect(who) for who in (cast.alice, cast.bob, cast.charlie, cast.person("dora")))
    witness = beside(server, connect, outsider, cast.bob)
    first, second = hers.send(group, "a secret"), hers.send(group, "and more")
    ack = delete(hers, first["id"])
    message = ack["message"]
    assert (message["seq"], message["body"]) == (first["seq"], "")
    assert message["deleted_at"] is not None
    assert message["version"] == second["version"] + 1
    for socket in (his, thirds, witness):
        assert socket.wait_for("message_changed")["message"] == message
    assert message in cast.bob.messages(group)
    changes = cast.bob.json(f"/api/conversations/{group}/changes?since={second['version']}")
    assert (changes["messages"], changes["version"]) == ([message], message["version"])
    assert view(cast.bob, group)["unread"] == 1
    outsider.settle()
    assert outsider.got("message_changed") == []
    assert delete(hers, first["id"])["message"] == message, "once is enough"


def test_undone_it_is_as_it_was(cast: Cast, connect: Connect, group: int) -> None:
    hers, his = connect(cast.alice), connect(cast.bob)
    sent = hers.send(group, "never mind")
    delete(hers, sent["id"])
    back = restore(hers, sent["id"])["message"]
    assert back == sent | {"version": sent["version"] + 2}
    assert his.wait_for("message_changed", lambda data: data["message"]["deleted_at"] is None)["message"] == back
    assert view(cast.bob, group)["unread"] == 1
    assert restore(hers, sent["id"])["message"] == back
    retry = hers.send(group, "never mind", client_id=sent["client_id"])
    assert retry["id"] == sent["id"]


def test_word_of_it_that_is_lost_is_looked_for_soon(server: Server, cast: Cast, connect: Connect, group: int) -> None:
    """What moved lately is looked for every few seconds, by its slot; and nobody's list changes its order."""
    hers = connect(cast.alice)
    sent = hers.send(group, "said long ago")
    before = view(cast.bob, group)["active_at"]
    for change in (delete, restore):
        server.database.execute("UPDATE conversation SET active_slot = 0 WHERE id = ?", group)
        assert change(hers, sent["id"])["ok"] is True
        (row,) = server.database.rows("SELECT active_slot FROM conversation WHERE id = ?", group)
        assert row["active_slot"] >= slot_of(now() - timedelta(seconds=RECENT_SECONDS))
        assert view(cast.bob, group)["active_at"] == before


def test_after_a_while_the_text_is_gone(server: Server, cast: Cast, connect: Connect, group: int) -> None:
    hers = connect(cast.alice)
    kept, sent = hers.send(group, "kept"), hers.send(group, "a password")
    for message in (kept, sent):
        delete(hers, message["id"])
    restore(hers, kept["id"])
    assert "a password" in [row["body"] for row in stored_messages(server.database, group)], "it can be undone"
    # Not waiting for it: it is due now
    server.database.execute("UPDATE deletion SET purge_at = ? WHERE message_id = ?", "2026-01-01 00:00:00", sent["id"])
    eventually(lambda: [row["body"] for row in stored_messages(server.database, group)][1:] == ["kept", ""])
    assert server.database.rows("SELECT * FROM deletion WHERE message_id IN (?, ?)", kept["id"], sent["id"]) == []
    assert code_of(restore(hers, sent["id"])) == "conflict"
    assert cast.bob.messages(group)[-1]["deleted_at"] is not None
    again = hers.send(group, "a password", client_id=sent["client_id"])
    assert (again["id"], again["body"]) == (sent["id"], ""), "a late retry brings nothing back"


def test_who_came_from_now_on_learns_nothing_of_what_was_before(cast: Cast, connect: Connect, group: int) -> None:
    hers, his = connect(cast.alice), connect(cast.bob)
    old = hers.send(group, "before")
    dora = cast.person("dora")
    add(cast.alice, group, dora, history="from_now")
    theirs = connect(dora)
    new = hers.send(group, "after")
    for message in (old, new):
        delete(hers, message["id"])
        back = restore(hers, message["id"])["message"]
    told = theirs.wait_for("message_changed", lambda data: data["message"]["deleted_at"] is None)
    assert told["message"] == back
    theirs.settle()
    assert {data["message"]["id"] for data in theirs.got("message_changed")} == {new["id"]}
    assert theirs.wait_for("head")["conversation_id"] == group
    his.wait_for("head", lambda data: data["version"] == back["version"] - 2)
    assert {message["id"] for message in dora.messages(group)} >= {new["id"]}
    assert old["id"] not in {message["id"] for message in dora.messages(group)}
    assert code_of(delete(theirs, old["id"])) == "not_found"


def test_only_ones_own_and_only_while_one_is_in(cast: Cast, connect: Connect, group: int) -> None:
    hers, his, outsider = connect(cast.alice), connect(cast.bob), connect(cast.person("dora"))
    sent = his.send(group, "mine")
    line = cast.alice.messages(group)[0]
    assert line["kind"] == "system"
    for act in (delete, restore):
        assert code_of(act(hers, sent["id"])) == "forbidden", "not even the owner of the group"
        assert code_of(act(hers, line["id"])) == "forbidden"
        assert code_of(act(outsider, sent["id"])) == "not_found"
        assert code_of(act(outsider, 2**50)) == "not_found"
    delete(his, sent["id"])
    remove(cast.alice, group, cast.bob)
    his.wait_for("conversation_removed")
    assert code_of(restore(his, sent["id"])) == "not_found"
    assert code_of(delete(his, sent["id"])) == "not_found"


@pytest.mark.parametrize("data", [{}, {"message_id": "1"}, {"message_id": 0}, {"message_id": -1}, {"message_id": None}])
def test_bad_input(alice: Person, connect: Connect, data: Any) -> None:
    hers = connect(alice)
    for event in ("message_delete", "message_restore"):
        assert code_of(hers.request(event, data)) == "bad_request"


def test_many_at_once_are_numbered_without_a_gap(
    alice: Person, bob: Person, conversation: int, connect: Connect
) -> None:
    """Deleting and restoring while the other one writes: every change has a version of its own."""
    hers, other, his = connect(alice), connect(alice), connect(bob)
    ids = [hers.send(conversation, f"line {number}")["id"] for number in range(20)]
    acks: list[Any] = []
    for message_id in ids:
        hers.emit("message_delete", {"message_id": message_id}, lambda ack: acks.append(ack))
        other.emit("message_delete", {"message_id": message_id}, lambda ack: acks.append(ack))
    send_many(his, conversation, 20)
    eventually(lambda: len(acks) == 40)
    for message_id in ids[:10]:
        assert restore(other, message_id)["ok"] is True
    assert [ack for ack in acks if not ack["ok"]] == []
    found = alice.messages(conversation)
    assert len({message["version"] for message in found}) == len(found) == 40
    assert view(alice, conversation)["version"] == 20 + 20 + 20 + 10
    assert [message["deleted_at"] is None for message in found if message["id"] in ids] == [True] * 10 + [False] * 10


def test_nothing_is_done_twice_by_the_clock(server: Server, cast: Cast, connect: Connect, group: int) -> None:
    """Undo comes in time until the very moment when it is due, and then never."""
    hers = connect(cast.alice)
    sent = [hers.send(group, f"line {number}") for number in range(6)]
    due = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 1))
    for message in sent:
        delete(hers, message["id"])
        server.database.execute("UPDATE deletion SET purge_at = ? WHERE message_id = ?", due, message["id"])
    outcomes: dict[int, bool] = {}

    def all_settled() -> bool:
        for message in sent:
            if message["id"] not in outcomes:
                ack = restore(hers, message["id"])
                outcomes[message["id"]] = ack["ok"]
                return False
        return server.database.rows("SELECT * FROM deletion WHERE purge_at = ?", due) == []

    eventually(all_settled, every=0.4)
    for message in cast.bob.messages(group)[1:]:
        assert (message["body"] != "") == outcomes[message["id"]]
