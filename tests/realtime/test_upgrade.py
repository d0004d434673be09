"""Going over from polling to a WebSocket, by clients that do not go through with it."""

import json
from collections.abc import Callable

import pytest
import websocket

from chatapp.realtime.websocket import frame_of
from tests.support.people import Person
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.one_process("about long polling, for which several workers on one port are no home")

# HANDSHAKE_SECONDS, and slack for the wheel and a busy machine.
LET_GO_WITHIN = 10 + 5


class Page:
    """A connection of Alice's that polls and has joined, by hand."""

    def __init__(self, person: Person) -> None:
        self.person = person
        opened = person.get("/socket.io/?EIO=4&transport=polling")
        self.address = f"{person.url}/socket.io/?EIO=4&transport=polling&sid={json.loads(opened.text[1:])['sid']}"
        self.post("40/chat,")
        assert self.poll().startswith("40/chat,")

    def post(self, packets: str) -> None:
        answer = self.person.http.post(self.address, data=packets, timeout=10)
        assert answer.status_code == 200

    def poll(self) -> str:
        answer = self.person.http.get(self.address, timeout=30)
        assert answer.status_code == 200
        return answer.text

    def upgrade(self) -> websocket.WebSocket:
        address = self.address.replace("http", "ws", 1).replace("transport=polling", "transport=websocket")
        return websocket.create_connection(address, cookie=self.person.cookie, timeout=LET_GO_WITHIN)


def is_let_go(wire: websocket.WebSocket) -> bool:
    """Whether the server ends the connection in time, without a word more."""
    try:
        return bool(wire.recv() == "")
    except websocket.WebSocketTimeoutException:
        return False
    except (OSError, websocket.WebSocketException):
        return True


def say_nothing(_wire: websocket.WebSocket) -> None:
    """As when the line is lost before the probe."""


def stop_after_the_probe(wire: websocket.WebSocket) -> None:
    wire.send("2probe")
    assert wire.recv() == "3probe"


def begin_a_frame(wire: websocket.WebSocket) -> None:
    wire.sock.sendall(frame_of("2probe")[:1])


STOPS = [say_nothing, stop_after_the_probe, begin_a_frame]


def test_an_upgrade_that_is_not_gone_through_with_is_let_go_and_polling_goes_on(server: Server, alice: Person) -> None:
    pages = [Page(alice) for _ in STOPS]
    wires = [page.upgrade() for page in pages]
    for stop, wire in zip(STOPS, wires, strict=True):
        stop(wire)
    for stop, page, wire in zip(STOPS, pages, wires, strict=True):
        assert is_let_go(wire), stop.__name__
        wire.close()
        page.post('42/chat,1["sync",{"cursors":{}}]')
        eventually(lambda page=page: '43/chat,1[{"ok":true' in page.poll())
        again = page.upgrade()
        stop_after_the_probe(again)
        again.send("5")
        again.send('42/chat,2["sync",{"cursors":{}}]')
        assert again.recv().startswith('43/chat,2[{"ok":true')
        again.close()


def test_a_connection_upgrades_once_at_a_time(server: Server, alice: Person) -> None:
    page = Page(alice)
    wire = page.upgrade()
    with pytest.raises(websocket.WebSocketBadStatusException):
        page.upgrade()
    stop_after_the_probe(wire)
    wire.send("5")
    wire.send('42/chat,1["sync",{"cursors":{}}]')
    assert wire.recv().startswith('43/chat,1[{"ok":true')
    with pytest.raises(websocket.WebSocketBadStatusException):
        page.upgrade()
    wire.close()


@pytest.mark.parametrize("stop", STOPS[:2])
def test_an_upgrade_ends_with_its_connection(
    server: Server, alice: Person, stop: Callable[[websocket.WebSocket], None]
) -> None:
    page = Page(alice)
    wire = page.upgrade()
    stop(wire)
    page.post("1")
    wire.settimeout(3)
    assert is_let_go(wire)
    wire.close()
