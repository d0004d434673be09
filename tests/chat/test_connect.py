"""The cookie is the log-in: without one nobody gets in, and a Socket.IO sid alone is worth nothing."""

import json
from collections.abc import Callable

import pytest
import requests
import websocket
from socketio.exceptions import ConnectionError as Refused

from tests.support.people import Cast, Person
from tests.support.raw import RawSocket
from tests.support.server import Server
from tests.support.sockets import Socket

Connect = Callable[..., Socket]


NO_POLLING = pytest.mark.one_process("about long polling, for which several workers on one port are no home")


@pytest.mark.parametrize("transport", ["websocket", pytest.param("polling", marks=NO_POLLING)])
def test_without_a_log_in_connect_is_refused(cast: Cast, transport: str) -> None:
    guest = Socket(cast.stranger(), (transport,))
    with pytest.raises(Refused):
        guest.connect()
    assert guest.refusal["message"] == "login_required"
    guest.close()


@pytest.mark.parametrize("cookie", ["session=x", "session=", "session=.eJw.x.y", "x" * 4000])
def test_a_made_up_cookie_is_refused(server: Server, cookie: str) -> None:
    with RawSocket(server.url, cookie) as guest:
        guest.send("40/chat,")
        assert "login_required" in guest.receive("44/chat,")


@pytest.mark.parametrize("transports", [("websocket",), ("polling",), ("polling", "websocket")])
def test_any_transport_will_do(
    alice: Person, bob: Person, conversation: int, connect: Connect, transports: tuple[str, ...]
) -> None:
    hers, his = connect(alice, *transports), connect(bob)
    message = hers.send(conversation, "hello")
    assert his.wait_for("message_created")["message"] == message
    answer = his.send(conversation, "hello to you")
    assert hers.wait_for("message_created")["message"] == answer


@NO_POLLING
def test_a_stolen_sid_without_the_cookie_is_worth_nothing(
    server: Server, alice: Person, bob: Person, charlie: Person, conversation: int, connect: Connect
) -> None:
    hers = connect(alice, "polling")
    base = f"{server.url}/socket.io/?EIO=4&transport=polling&sid={hers.engine_sid}"
    send = '42/chat,1["message_create",' + json.dumps(
        {"conversation_id": conversation, "client_id": "11111111-1111-4111-8111-111111111111", "body": "forged"}
    ) + "]"  # fmt: skip
    for cookies in (requests.cookies.RequestsCookieJar(), charlie.http.cookies):
        posted = requests.post(base, data=send, cookies=cookies, timeout=10)
        assert posted.status_code in (400, 401, 403)
        read = requests.get(base, cookies=cookies, timeout=10)
        assert read.status_code in (400, 401, 403)
        with pytest.raises((websocket.WebSocketException, OSError)):
            websocket.create_connection(
                base.replace("http", "ws", 1).replace("polling", "websocket"), timeout=5
            ).close()
    assert bob.messages(conversation) == []
    hers.send(conversation, "I am still here")
    assert [message["body"] for message in bob.messages(conversation)] == ["I am still here"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_another_origin_is_refused(server: Server, alice: Person, origin: str) -> None:
    answer = alice.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": origin})
    assert answer.status_code in (400, 403)
    assert "Access-Control-Allow-Origin" not in answer.headers
    with pytest.raises((websocket.WebSocketException, OSError)):
        RawSocket(server.url, alice.cookie, origin=origin)


def test_ones_own_origin_is_welcome(server: Server, alice: Person) -> None:
    assert alice.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": server.url}).status_code == 200
    RawSocket(server.url, alice.cookie, origin=server.url).close()


def test_an_allowed_origin_is_welcome(start_server: Callable[..., Server]) -> None:
    server = start_server(ALLOWED_ORIGINS="https://chat.example.org")
    RawSocket(server.url, origin="https://chat.example.org").close()
    with pytest.raises((websocket.WebSocketException, OSError)):
        RawSocket(server.url, origin="https://evil.example")


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"])
def test_forwarded_headers_of_strangers_are_not_believed(server: Server, alice: Person, header: str) -> None:
    value = "host=evil.example" if header == "Forwarded" else "evil.example"
    headers = {"Origin": "http://evil.example", header: value}
    assert alice.get("/socket.io/?EIO=4&transport=polling", headers=headers).status_code in (400, 403)


def test_somebody_deactivated_is_signed_out_at_once(server: Server, alice: Person, connect: Connect) -> None:
    """By another process (the flask CLI), so this server has to notice."""
    hers = connect(alice)
    server.flask("user", "deactivate", alice.username)
    assert hers.wait_for("signed_out")["reason"]
    hers.wait_for_end()
    again = Socket(alice)
    with pytest.raises(Refused):
        again.connect()
    assert again.refusal["message"] == "login_required"


def test_somebody_new_is_announced(alice: Person, cast: Cast, connect: Connect) -> None:
    hers = connect(alice)
    newcomer = cast.person("newcomer")
    user = hers.wait_for("user_added", lambda data: data["user"]["id"] == newcomer.id)["user"]
    assert user == {
        "id": newcomer.id,
        "username": newcomer.username,
        "display_name": newcomer.me["display_name"],
        "avatar_url": None,
    }
