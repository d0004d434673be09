"""Whatever a client says, it gets an error ack: no traceback, no dropped connection, nothing stored."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.database import stored_messages
from tests.support.people import Person
from tests.support.server import Server
from tests.support.sockets import Socket

Connect = Callable[..., Socket]
GOOD_ID = "6f0f2f60-3a53-4a3a-9a4e-0d7c6cb7a001"
MISSING = ...


def check_refused(ack: Any, *codes: str) -> None:
    assert ack["ok"] is False, ack
    assert ack["error"]["code"] in (codes or ("bad_request",)), ack
    assert ack["error"]["message"]


def fields(conversation: int, **changed: Any) -> dict[str, Any]:
    wanted = {"conversation_id": conversation, "client_id": str(uuid.uuid4()), "body": "hello"} | changed
    return {name: value for name, value in wanted.items() if value is not MISSING}


WRONG_FIELDS = [
    *({"conversation_id": wrong} for wrong in (MISSING, None, "1", 1.5, True, [], {}, [1], "x" * 1000)),
    *(
        {"client_id": wrong}
        for wrong in (MISSING, None, 7, "", "x", "x" * 5000, [], {}, True, "nul\x00", GOOD_ID + "0")
    ),
    *({"body": wrong} for wrong in (MISSING, None, 7, [], {}, True, ["hello"])),
    *({"body": wrong} for wrong in ("", " ", "\n\t \r\n", "\u2003\u00a0", "nul\x00", "\x00")),
    *({"reply_to_seq": wrong} for wrong in ("1", 1.5, [], {}, True, -1)),
    *({"attachment_ids": wrong} for wrong in ("1", 7, {}, [[]], [None], ["x"])),
]


@pytest.mark.parametrize("wrong", WRONG_FIELDS, ids=lambda wrong: ascii(wrong)[:45])
def test_a_wrong_field_is_a_bad_request(
    server: Server, alice: Person, conversation: int, connect: Connect, wrong: dict[str, Any]
) -> None:
    hers = connect(alice)
    check_refused(hers.request("message_create", fields(conversation, **wrong)))
    assert stored_messages(server.database, conversation) == []
    hers.send(conversation)


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63), 10**30])
def test_a_number_that_cannot_be_an_id_is_refused(alice: Person, connect: Connect, number: int) -> None:
    hers = connect(alice)
    check_refused(hers.request("message_create", fields(number)), "not_found", "bad_request")
    check_refused(hers.request("read_mark", {"conversation_id": number, "seq": 1}), "not_found", "bad_request")


@pytest.mark.parametrize("body", ["x" * 10_001, "😀" * 10_001, "x" * 50_000], ids=len)
def test_too_long_is_said_as_such(
    server: Server, alice: Person, conversation: int, connect: Connect, body: str
) -> None:
    hers = connect(alice)
    check_refused(hers.try_send(conversation, body), "too_long")
    assert stored_messages(server.database, conversation) == []


def test_spaces_around_do_not_count(alice: Person, conversation: int, connect: Connect) -> None:
    assert connect(alice).send(conversation, " " * 500 + "x" * 10_000 + "\n" * 500)["body"] == "x" * 10_000


@pytest.mark.parametrize("event", ["message_create", "read_mark", "sync"])
@pytest.mark.parametrize("data", [None, 7, "text", True, [], [1, 2], 1.5], ids=ascii)
def test_no_object_is_a_bad_request(alice: Person, connect: Connect, event: str, data: Any) -> None:
    hers = connect(alice)
    check_refused(hers.request(event, data))
    hers.settle()


@pytest.mark.parametrize(
    "event",
    ["nonsense", "message", "", " ", "message_create ", "MESSAGE_CREATE", "x" * 5000, "__init__", "on_message_create",
     "trigger_event", "emit", "ünknown", "*"],
    ids=lambda event: ascii(event)[:20],
)  # fmt: skip
def test_an_unknown_event_is_a_bad_request(alice: Person, connect: Connect, event: str) -> None:
    hers = connect(alice)
    check_refused(hers.request(event, {"x": 1}))
    hers.settle()


@pytest.mark.parametrize("event", ["connect", "disconnect", "connect_error"])
def test_an_event_named_like_a_reserved_one_does_no_harm(
    alice: Person, bob: Person, conversation: int, connect: Connect, event: str
) -> None:
    hers, his = connect(alice), connect(bob)
    check_refused(hers.request(event, {"x": 1}))
    message = his.send(conversation, "still there?")
    assert hers.wait_for("message_created")["message"] == message


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"conversation_id": 1},
        {"conversation_id": "x", "seq": 1},
        *({"seq": seq} for seq in (None, "1", 1.5, True, [], {}, -1)),
    ],
    ids=ascii,
)
def test_read_mark_with_wrong_fields(alice: Person, conversation: int, connect: Connect, wrong: dict[str, Any]) -> None:
    hers = connect(alice)
    data = wrong if "conversation_id" in wrong or not wrong else {"conversation_id": conversation, **wrong}
    check_refused(hers.request("read_mark", data))


@pytest.mark.parametrize(
    "cursors",
    [None, 7, "x", [], [1], {"x": 1}, {"1": "x"}, {"1": None}, {"1": 1.5}, {"1": True}, {"1": -1}, {"": 1}, {"1.5": 1}],
    ids=ascii,
)
def test_sync_with_wrong_cursors(alice: Person, connect: Connect, cursors: Any) -> None:
    hers = connect(alice)
    check_refused(hers.request("sync", {"cursors": cursors}))
    check_refused(hers.request("sync", {}))
    hers.settle()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(["conversation_id", "client_id", "body", "seq", "cursors", "reply_to_seq", "attachment_ids"])


@settings(max_examples=150)
@given(
    event=st.sampled_from(["message_create", "read_mark", "sync", "typing", "presence_watch", "message_edit"]),
    data=json_values | st.dictionaries(names, json_values, max_size=5),
)
def test_anything_gets_an_ack(fuzzing: Socket, event: str, data: Any) -> None:
    ack = fuzzing.request(event, data)
    assert ack["ok"] in (True, False)
    if not ack["ok"]:
        assert ack["error"]["code"] in ("bad_request", "not_found", "too_long", "conflict", "forbidden")


@pytest.fixture
def fuzzing(alice: Person, conversation: int, connect: Connect) -> Socket:
    assert conversation
    return connect(alice)
