"""Packets that no proper client sends: the server and everybody else go on as if nothing were."""

import json
import uuid
from collections.abc import Callable, Iterator

import pytest
import requests
import websocket

from tests.support.people import Person
from tests.support.raw import RawSocket
from tests.support.server import Server
from tests.support.sockets import Socket

# Settings of the server: a connection that joins nothing is dropped after 10 s; slack for its sweeps.
DROPPED_WITHIN = 10 + 15


@pytest.fixture
def raw(alice: Person) -> Iterator[RawSocket]:
    with RawSocket.joined(alice) as joined:
        yield joined


def check_alive(raw: RawSocket) -> None:
    assert raw.request(99, "sync", {"cursors": {}})["ok"] is True


MALFORMED = [
    "42/chat,1",
    "42/chat,1[",
    "42/chat,1{}",
    "42/chat,1[]",
    "42/chat,1[[]]",
    "42/chat,1[null]",
    "42/chat,1[7,{}]",
    '42/chat,1["message_create"',
    '42/chat,1["message_create",]',
    '42/chat,1["message_create",{}}]',
    '42/chat,1["message_create",NaN]',
    '42/chat,1["message_create",1e999]',
    '42/chat,1["sync",' + "[" * 3000 + "]" * 3000 + "]",
    '42/chat,999999999999999999999999999999["sync",{}]',
    "42/chat," + "9" * 5000 + '["sync",{}]',
    '42/other,1["sync",{}]',
    '42["sync",{}]',
    "42",
    "4",
    "49",
    "4x",
    "44/chat,{}",
    "43/chat,1[]",
    "43/chat,77[1,2,3]",
    "43/chat,[]",
    "4",
    "6",
]


@pytest.mark.parametrize("packet", MALFORMED, ids=lambda packet: ascii(packet)[:40])
def test_a_malformed_packet_does_not_drop_the_connection(server: Server, raw: RawSocket, packet: str) -> None:
    raw.send(packet)
    check_alive(raw)


@pytest.mark.parametrize("event", ['"message_create"', '"sync"', '"nonsense"'])
def test_an_event_without_its_object_gets_an_ack(raw: RawSocket, event: str) -> None:
    raw.send(f"42/chat,5[{event}]")
    assert raw.ack(5)["error"]["code"] == "bad_request"
    check_alive(raw)


@pytest.mark.parametrize("more", ["{},{}", "{},1,2,3", "1,{}"])
def test_more_than_one_argument_gets_an_ack(raw: RawSocket, more: str) -> None:
    raw.send(f'42/chat,5["message_create",{more}]')
    assert raw.ack(5)["error"]["code"] == "bad_request"
    check_alive(raw)


def test_a_lone_surrogate_is_a_bad_request(server: Server, alice: Person, bob: Person, raw: RawSocket) -> None:
    conversation = alice.talk_to(bob)
    for body in (r"\ud800", r"ok \udfff ok", r"\ude00\ud83d"):
        client_id = uuid.uuid4()
        raw.send(
            f'42/chat,5["message_create",'
            f'{{"conversation_id":{conversation},"client_id":"{client_id}","body":"{body}"}}]'
        )
        assert raw.ack(5)["error"]["code"] == "bad_request"
    check_alive(raw)
    assert bob.messages(conversation) == []


def test_an_event_without_an_ack_number_is_carried_out(alice: Person, bob: Person, raw: RawSocket) -> None:
    conversation = alice.talk_to(bob)
    data = {"conversation_id": conversation, "client_id": str(uuid.uuid4()), "body": "no ack wanted"}
    raw.send("42/chat," + json.dumps(["message_create", data]))
    check_alive(raw)
    assert [message["body"] for message in bob.messages(conversation)] == ["no ack wanted"]


BINARY = [
    '451-/chat,7["message_create",{"body":{"_placeholder":true,"num":0}}]',
    '450-/chat,7["message_create",{}]',
    '459999999999-/chat,7["message_create",{"_placeholder":true,"num":0}]',
    '45-1-/chat,7["message_create",{}]',
    '451-/chat,7["message_create",{"_placeholder":true,"num":5}]',
    "461-/chat,7[]",
]


@pytest.mark.parametrize("packet", BINARY)
def test_binary_events_are_refused(server: Server, alice: Person, bob: Person, connect, packet: str) -> None:  # type: ignore[no-untyped-def]
    """Answered or hung up on, as the server likes; carried out never, and others notice nothing."""
    conversation = alice.talk_to(bob)
    other = connect(bob)
    with RawSocket.joined(alice) as raw:
        raw.send(packet)
        raw.send_bytes(b"\x00" * 100)
        try:
            raw.send('42/chat,8["sync",{"cursors":{}}]')
            answer = raw.receive("43/chat,")
            if answer.startswith("43/chat,7"):
                assert '"ok":false' in answer.replace(" ", "")
        except (ConnectionError, websocket.WebSocketException, OSError):
            pass
    assert other.send(conversation, "others go on")["seq"] == 1


def test_a_binary_frame_out_of_the_blue(server: Server, alice: Person, bob: Person, connect) -> None:  # type: ignore[no-untyped-def]
    conversation = alice.talk_to(bob)
    other = connect(bob)
    with RawSocket.joined(alice) as raw:
        raw.send_bytes(b"\x04\xff\xfe")
        assert other.send(conversation, "others go on")["seq"] == 1


def test_a_huge_frame_is_refused_and_others_go_on(server: Server, alice: Person, bob: Person, connect) -> None:  # type: ignore[no-untyped-def]
    conversation = alice.talk_to(bob)
    other = connect(bob)
    with RawSocket.joined(alice) as raw:
        try:
            raw.send('42/chat,1["message_create",{"body":"' + "x" * 5_000_000 + '"}]')
            assert raw.is_closed(within=20)
        except (OSError, websocket.WebSocketException):
            pass  # closed while it was still being sent
    assert other.send(conversation, "others go on")["seq"] == 1
    assert bob.messages(conversation)[0]["body"] == "others go on"


def test_a_huge_polling_body_is_refused(server: Server, alice: Person) -> None:
    base = f"{server.url}/socket.io/?EIO=4&transport=polling"
    opened = alice.http.get(base, timeout=10)
    sid = json.loads(opened.text[1:])["sid"]
    answer = alice.http.post(f"{base}&sid={sid}", data="4" + "x" * 3_000_000, timeout=30)
    assert answer.status_code in (400, 413)


def test_a_connection_that_joins_nothing_is_dropped(server: Server, alice: Person) -> None:
    """With a log-in, without one, and one that was refused."""
    idle = RawSocket(server.url, alice.cookie)
    nobody = RawSocket(server.url)
    refused = RawSocket(server.url)
    refused.send("40/chat,")
    assert "login_required" in refused.receive("44/chat,")
    elsewhere = RawSocket(server.url, alice.cookie)
    elsewhere.send("40/other,")
    for connection in (idle, nobody, refused, elsewhere):
        assert connection.is_closed(within=DROPPED_WITHIN)
        connection.close()


@pytest.mark.parametrize("data", ["{}", '{"token":"x"}', "[]", '"x"', "7", "x" * 1000])
def test_the_join_payload_is_not_believed(server: Server, data: str) -> None:
    with RawSocket(server.url) as guest:
        guest.send(f"40/chat,{data}")
        guest.send('42/chat,1["sync",{"cursors":{}}]')
        try:
            answer = guest.receive("4", within=DROPPED_WITHIN)
        except (ConnectionError, websocket.WebSocketException):
            return
        assert answer.startswith("44"), answer


@pytest.mark.parametrize("query", ["", "?EIO=3&transport=polling", "?EIO=4&transport=pigeon",
                                   "?EIO=4&transport=polling&sid=nonsense", "?EIO=x&transport=polling"])  # fmt: skip
def test_a_bad_handshake_is_a_bad_request(server: Server, query: str) -> None:
    answer = requests.get(f"{server.url}/socket.io/{query}", timeout=10)
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_many_joins_of_one_connection_are_one(alice: Person, bob: Person, connect: Callable[..., Socket]) -> None:
    conversation = alice.talk_to(bob)
    with RawSocket.joined(alice) as raw:
        raw.send("40/chat,")
        raw.send("40/chat,")
        check_alive(raw)
        connect(bob).send(conversation, "once")
        raw.receive('42/chat,["message_created"')
        raw.send('42/chat,3["sync",{"cursors":{}}]')
        following = raw.receive("4")
        assert not following.startswith('42/chat,["message_created"'), "told twice"
