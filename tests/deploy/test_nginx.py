"""One's own server: deploy/nginx.conf in front of two instances of deploy/chat@.service."""

import itertools
import random
import re
import socket
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import requests

from tests.deploy.conftest import Site, restarted
from tests.support.deployed import Unitary
from tests.support.hasty_client import HastyClient
from tests.support.recorder import Client, Recorder
from tests.support.sockets import Socket
from tests.support.waiting import eventually

pytestmark = pytest.mark.several_workers


def test_plain_http_is_sent_to_https(site: Site) -> None:
    answer = requests.get(f"http://127.0.0.1:{site.nginx.plain_port}/chat?x=1", allow_redirects=False, timeout=10)
    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://127.0.0.1/chat?x=1"


def test_logging_in_over_tls(site: Site) -> None:
    somebody = site.cast.person()
    answer = somebody.get("/chat")
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"]
    login = site.cast.stranger()
    login.username, login.password = somebody.username, somebody.password
    cookie = login.try_log_in().headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_http_2_is_spoken(site: Site) -> None:
    context = ssl.create_default_context(cafile=str(site.cast.certificate.path))
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", site.nginx.port), 10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as wire,
    ):
        assert wire.selected_alpn_protocol() == "h2"


def test_other_names_lead_nowhere(site: Site) -> None:
    guest = site.cast.stranger()
    assert guest.get("/login", headers={"Host": "evil.example"}).status_code == 421


def test_what_clients_claim_of_themselves_is_not_believed(site: Site) -> None:
    """Where they come from is in the log of a failed log-in; their host decides about the origin."""
    guest = site.cast.stranger()
    guest.http.headers.update(
        {
            "X-Forwarded-For": "203.0.113.9",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Prefix": "/evil",
            "Forwarded": "for=203.0.113.9;host=evil.example",
            "X-Real-IP": "203.0.113.9",
        }
    )
    before = site.logs().count("login failed address=127.0.0.1")
    answer = guest.try_log_in()
    assert answer.status_code == 401
    assert answer.headers["Strict-Transport-Security"]
    assert "evil" not in answer.text
    assert site.logs().count("login failed address=127.0.0.1") == before + 1
    assert "203.0.113.9" not in site.logs()
    handshake = "/socket.io/?EIO=4&transport=polling"
    assert guest.get(handshake, headers={"Origin": "https://evil.example"}).status_code == 400
    assert guest.get(handshake, headers={"Origin": site.url}).status_code == 200


def test_only_websockets_are_upgraded_to(site: Site) -> None:
    guest = site.cast.stranger()
    offers = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA"}
    for path in ("/login", "/socket.io/?EIO=4&transport=polling"):
        assert guest.get(path, headers=offers).status_code == 200


def test_a_request_with_two_lengths_is_refused(site: Site) -> None:
    context = ssl.create_default_context(cafile=str(site.cast.certificate.path))
    smuggled = (
        f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{site.nginx.port}\r\nContent-Length: 6\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nG"
    )
    with (
        socket.create_connection(("127.0.0.1", site.nginx.port), 10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as wire,
    ):
        wire.sendall(smuggled.encode())
        assert b" 400 " in wire.recv(4096).split(b"\r\n")[0]


def test_websockets_and_polling_talk_to_each_other(site: Site, connect: Callable[..., Socket]) -> None:
    """Each pair in both directions; those who poll stay with one instance."""
    before = len(site.nginx.accesses())

    def accesses() -> list[list[str]]:
        return [row for row in site.nginx.accesses()[before:] if row[2].startswith("/socket.io")]

    talking: list[tuple[int, Socket, Socket]] = []

    def each_has_somebody() -> bool:
        """Who goes where is by chance."""
        alice, bob = site.cast.person("alice"), site.cast.person("bob")
        talking.append((alice.talk_to(bob), connect(alice, "websocket"), connect(bob, "polling")))
        return len(talking) >= 4 and {row[3] for row in accesses()} == set(site.upstreams())

    eventually(each_has_somebody, within=60)
    for number in range(8):
        for conversation, hers, his in talking:
            for sender, reader, body in ((hers, his, f"hers {number}"), (his, hers, f"his {number}")):
                sender.send(conversation, body)
                reader.wait_for("message_created", lambda data, body=body: data["message"]["body"] == body)
    # Other tests' requests may still be on their way into the log.
    told = accesses()
    assert {row[0] for row in told} <= {"101", "200"}, told
    places = defaultdict(set)
    for _, _, address, upstream, _ in told:
        if found := re.search(r"transport=polling.*[?&]sid=([^&]+)", address):
            places[found[1]].add(upstream)
    assert len(places) == len(talking)
    assert all(len(each) == 1 for each in places.values()), places
    assert {row[3] for row in told} == set(site.upstreams())


class Talker(HastyClient):
    """Sends until it is over, at a pace."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.is_over = threading.Event()

    def send_all(self, bodies: Iterable[str]) -> None:
        super().send_all(self._until_over())

    def _until_over(self) -> Iterator[str]:
        for number in itertools.count():
            yield f"{self.name} {number}"
            if self.is_over.wait(0.02):
                return


class PollingTalker(Talker):
    """One that cannot use WebSockets."""

    transports = ("polling",)


@pytest.fixture
def make_recorder(site: Site, seed: int) -> Iterator[Callable[[], Recorder]]:
    """Two people, each with two devices on WebSockets and one that polls."""
    made: list[Recorder] = []

    def make() -> Recorder:
        alice, bob = site.cast.person("alice"), site.cast.person("bob")
        conversation = alice.talk_to(bob)
        clients: list[Client] = [
            kind(f"{name}{number}", person, conversation, site.url, random.Random(f"{seed} {name} {number}"))
            for name, person in (("alice", alice), ("bob", bob))
            for number, kind in enumerate((Talker, Talker, PollingTalker))
        ]
        made.append(Recorder(clients, site.database, conversation))
        return made[-1]

    yield make
    for recorder in made:
        for one in recorder.clients:
            one.drop()
        recorder.stop()


def send_while(recorder: Recorder, meanwhile: Callable[[], None]) -> None:
    """All send from before ``meanwhile`` begins until after it is over."""

    def all_go_on() -> None:
        mark = {one.name: len(one.notes.acked) for one in recorder.clients}
        eventually(lambda: all(len(one.notes.acked) > mark[one.name] + 10 for one in recorder.clients), within=60)

    def watched() -> None:
        try:
            all_go_on()
            meanwhile()
            all_go_on()
        finally:
            for one in recorder.clients:
                if isinstance(one, Talker):
                    one.is_over.set()

    recorder.run(0, watched)


def test_a_rolling_restart_loses_nothing(site: Site, make_recorder: Callable[[], Recorder]) -> None:
    recorder = make_recorder()

    def restart_one_after_the_other() -> None:
        for one in site.instances:
            restarted(one)

    send_while(recorder, restart_one_after_the_other)
    recorder.check()


def test_an_instance_that_is_killed_is_survived(site: Site, make_recorder: Callable[[], Recorder]) -> None:
    """kill -9 of all its processes; systemd starts it again after RestartSec."""
    recorder = make_recorder()
    victim: Unitary = site.instances[0]

    def kill_and_start() -> None:
        victim.kill()
        time.sleep(max(2.0, victim.unit.seconds("RestartSec")))  # the fault itself
        victim.start()

    send_while(recorder, kill_and_start)
    recorder.check()
