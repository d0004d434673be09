"""Heroku: what Procfile and app.json say, with variables such as its add-ons set, and a Redis over TLS."""

import itertools
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import requests

from tests.support.certificates import Certificate
from tests.support.people import Cast, Person
from tests.support.running import ROOT, clean_environment
from tests.support.server import FAULT_LINES
from tests.support.services import Postgres, Redis, children_of, free_port, send_signal
from tests.support.sockets import Socket
from tests.support.waiting import eventually

pytestmark = pytest.mark.several_workers

# After SIGTERM, which goes to each process of a dyno, it is 30 s until SIGKILL.
DYNO_SECONDS = 30
# What the router adds; it speaks plain http with a dyno.
ROUTER = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7", "X-Forwarded-Port": "443"}


class TlsRedis(Redis):
    """With a password and a certificate that nobody knows."""

    name = "redis-tls"

    def __init__(self, certificate: Certificate) -> None:
        super().__init__()
        self.password = secrets.token_hex(16)
        self._certificate = certificate

    def command(self) -> list[str]:
        command = super().command()
        command[command.index("--port") + 1] = "0"
        files = ["--tls-cert-file", str(self._certificate.path), "--tls-key-file", str(self._certificate.key)]
        options = ["--tls-port", str(self.port), "--tls-auth-clients", "no", "--requirepass", self.password]
        return [*command, *options, *files]

    def is_up(self) -> bool:
        try:
            return bool(self.client().ping())
        except redis.RedisError:
            return False

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, ssl_cert_reqs="none", ssl_check_hostname=False)

    @property
    def url(self) -> str:
        return f"rediss://:{self.password}@127.0.0.1:{self.port}"


class Router(requests.Session):
    """Hands requests on as plain http: with the cookies that a browser sends over TLS only."""

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        prepared = super().prepare_request(request)
        prepared.headers.update(ROUTER)
        if self.cookies:
            prepared.headers["Cookie"] = "; ".join(f"{each.name}={each.value}" for each in self.cookies)
        return prepared


class Visitor(Person):
    """Comes in through the router, as far as the app can tell."""

    def __init__(self, url: str, username: str | None = None, password: str | None = None) -> None:
        super().__init__(url, username, password)
        self.http = Router()
        self.http.trust_env = False

    def open_socket(self) -> Socket:
        opened = Socket(self)
        opened._client.eio.websocket_extra_options["origin"] = self.url.replace("http:", "https:")
        return opened.connect(headers=ROUTER)


class Dyno:
    """One run of a process type of the Procfile."""

    def __init__(self, folder: Path, kind: str, settings: dict[str, str]) -> None:
        self.log_path = folder / f"{kind}.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = clean_environment(**settings) | {
            "PORT": str(self.port),
            "DYNO": f"{kind}.1",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "honcho", "--env", os.devnull, "start", kind],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.log_path.read_text()
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def pids(self) -> list[int]:
        """Of all its processes but honcho's own."""
        found, look = [], [self.process.pid]
        while look:
            children = children_of(look.pop())
            found += children
            look += children
        return found

    def terminate(self) -> float:
        """SIGTERM to each of its processes; how long it took to end."""
        start = time.monotonic()
        for pid in self.pids():
            send_signal(pid, signal.SIGTERM)
        self.process.wait(DYNO_SECONDS)
        return time.monotonic() - start

    def close(self) -> None:
        for pid in [*self.pids(), self.process.pid]:
            send_signal(pid, signal.SIGKILL)
        self.process.wait()


def config_vars(**chosen: str) -> dict[str, str]:
    """What app.json sets; its secrets made up."""
    wanted: dict[str, dict[str, Any]] = json.loads((ROOT / "app.json").read_text())["env"]
    made = {
        name: secrets.token_hex(32) if entry.get("generator") == "secret" else entry["value"]
        for name, entry in wanted.items()
    }
    return made | chosen


@pytest.fixture
def add_ons(tmp_path: Path, postgres: Postgres, certificate: Certificate) -> Iterator[dict[str, str]]:
    """The variables of the two add-ons."""
    name = f"heroku_{secrets.token_hex(4)}"
    url = postgres.create_database(name)
    store = TlsRedis(certificate)
    store.start()
    yield {"DATABASE_URL": url.replace("postgresql://", "postgres://"), "REDIS_URL": store.url}
    store.close()
    postgres.drop_database(name)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    started: list[Dyno] = []

    def run(kind: str, settings: dict[str, str]) -> Dyno:
        dyno = Dyno(tmp_path, kind, settings)
        started.append(dyno)
        return dyno

    yield run
    for dyno in started:
        if dyno.process.poll() is None:
            dyno.close()
        log = dyno.log_path.read_text()
        assert not FAULT_LINES.search(log), log


def released(start: Any, settings: dict[str, str]) -> Dyno:
    """The release phase, then the web dyno."""
    release = start("release", settings)
    assert release.process.wait(60) == 0, release.log_path.read_text()
    web: Dyno = start("web", settings)
    eventually(web.is_up, within=60)
    return web


def test_a_dyno_as_app_json_makes_it(start: Any, add_ons: dict[str, str]) -> None:
    web = released(start, config_vars(**add_ons))
    cast = Cast(web.url)
    alice = cast.keep(Visitor(web.url))
    answer = alice.try_sign_up()
    assert answer.status_code == 303
    assert answer.headers["Set-Cookie"].startswith("__Host-session=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert alice.get("/chat").status_code == 200
    cast.close()
    assert web.terminate() < DYNO_SECONDS / 2


def test_people_on_two_workers_talk_through_redis_over_tls(start: Any, add_ons: dict[str, str]) -> None:
    """Also when SIGTERM comes: what was acked is there, and every socket is told to come back."""
    settings = config_vars(**add_ons, WEB_CONCURRENCY="2", RATE_LIMITS="off")
    web = released(start, settings)
    alice, bob = Visitor(web.url), Visitor(web.url)
    for somebody in (alice, bob):
        assert somebody.try_sign_up().status_code == 303
    conversation = alice.talk_to(bob)
    store = redis.Redis.from_url(settings["REDIS_URL"], ssl_cert_reqs="none", ssl_check_hostname=False)

    def listeners() -> int:
        channels = [name for name in store.pubsub_channels() if name.endswith(f":conversation:{conversation}".encode())]
        return max((count for _, count in store.pubsub_numsub(*channels)), default=0) if channels else 0

    hers = alice.open_socket()
    his = [bob.open_socket()]
    while listeners() < 2 and len(his) < 20:
        his.append(bob.open_socket())
    assert listeners() == 2, "all came to one worker"
    for number, one in zip(range(10), itertools.cycle(his), strict=False):
        one.send(conversation, f"his {number}")
        hers.wait_for("message_created", lambda data, n=number: data["message"]["body"] == f"his {n}")
        hers.send(conversation, f"hers {number}")
        for each in his:
            each.wait_for("message_created", lambda data, n=number: data["message"]["body"] == f"hers {n}")
    last = hers.send(conversation, "the last one")
    assert web.terminate() < DYNO_SECONDS / 2
    for one in (hers, *his):
        one.wait_for_end()
        one.close()
    again: Dyno = start("web", settings)
    eventually(again.is_up, within=60)
    bob.url = again.url
    assert bob.messages(conversation)[-1]["id"] == last["id"]
    for somebody in (alice, bob):
        somebody.close()
    store.close()
