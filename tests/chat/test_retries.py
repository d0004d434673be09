"""A retry is harmless: one row, one broadcast, the same answer."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.support.database import stored_messages
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket

Connect = Callable[..., Socket]


def test_a_retry_answers_with_the_message_saved_and_broadcasts_nothing(
    alice: Person, bob: Person, conversation: int, connect: Connect
) -> None:
    hers, his = connect(alice), connect(bob)
    client_id = str(uuid.uuid4())
    first = hers.send(conversation, "once", client_id)
    again = [hers.send(conversation, "once", client_id) for _ in range(3)]
    assert again == [first] * 3
    last = hers.send(conversation, "last")
    assert last["seq"] == 2
    his.wait_for("message_created", lambda data: data["message"]["id"] == last["id"])
    assert [data["message"]["id"] for data in his.got("message_created")] == [first["id"], last["id"]]


def test_a_retry_from_another_tab_and_another_log_in(
    alice: Person, conversation: int, connect: Connect, cast: Cast
) -> None:
    client_id = str(uuid.uuid4())
    first = connect(alice).send(conversation, "once", client_id)
    assert connect(alice, "polling").send(conversation, "once", client_id) == first
    assert connect(cast.keep(alice.elsewhere())).send(conversation, "once", client_id) == first


def test_a_retry_that_differs_in_outer_space_is_the_same(alice: Person, conversation: int, connect: Connect) -> None:
    hers = connect(alice)
    client_id = str(uuid.uuid4())
    assert hers.send(conversation, "once", client_id) == hers.send(conversation, " once\n", client_id)


def test_another_body_is_a_conflict(server: Server, alice: Person, conversation: int, connect: Connect) -> None:
    hers = connect(alice)
    client_id = str(uuid.uuid4())
    hers.send(conversation, "this", client_id)
    ack = hers.try_send(conversation, "that", client_id)
    assert (ack["ok"], ack["error"]["code"]) == (False, "conflict")
    assert [row["body"] for row in stored_messages(server.database, conversation)] == ["this"]


def test_another_conversation_is_a_conflict(
    server: Server, alice: Person, charlie: Person, conversation: int, connect: Connect
) -> None:
    hers = connect(alice)
    client_id = str(uuid.uuid4())
    hers.send(conversation, "this", client_id)
    elsewhere = alice.talk_to(charlie)
    ack = hers.try_send(elsewhere, "this", client_id)
    assert (ack["ok"], ack["error"]["code"]) == (False, "conflict")
    assert stored_messages(server.database, elsewhere) == []


def test_a_client_id_does_not_tell_what_exists(
    alice: Person, bob: Person, charlie: Person, conversation: int, connect: Connect
) -> None:
    theirs = bob.talk_to(charlie)
    hers = connect(alice)
    client_id = str(uuid.uuid4())
    hers.send(conversation, "this", client_id)
    not_hers, not_there = hers.try_send(theirs, "this", client_id), hers.try_send(999_999_999, "this", client_id)
    assert not_hers == not_there
    assert not_hers["error"]["code"] in ("not_found", "conflict")


def test_two_people_may_use_the_same_client_id(alice: Person, bob: Person, conversation: int, connect: Connect) -> None:
    client_id = str(uuid.uuid4())
    assert connect(alice).send(conversation, "mine", client_id)["seq"] == 1
    assert connect(bob).send(conversation, "his", client_id)["seq"] == 2


def test_sixteen_resends_at_once_from_four_tabs_are_one(
    server: Server, alice: Person, bob: Person, conversation: int, connect: Connect
) -> None:
    tabs = [connect(alice) for _ in range(4)]
    his = connect(bob)
    client_id = str(uuid.uuid4())
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda i: tabs[i % 4].send(conversation, "once", client_id), range(16)))
    assert all(answer == answers[0] for answer in answers)
    assert len(stored_messages(server.database, conversation)) == 1
    assert tabs[0].send(conversation, "next")["seq"] == 2, "a racing duplicate burned a seq"
    his.wait_for("message_created", lambda data: data["message"]["seq"] == 2)
    assert [data["message"]["seq"] for data in his.got("message_created")] == [1, 2]
