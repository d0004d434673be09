"""The layout of docs/deploy.md for one's own server, on this machine: nginx, two instances, PostgreSQL and Redis."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.certificates import Certificate, self_signed
from tests.support.database import Database
from tests.support.deployed import Nginx, Unit, Unitary
from tests.support.people import Cast, Person
from tests.support.server import FAULT_LINES
from tests.support.services import Postgres, Redis


class SecureCast(Cast):
    """People who trust the certificate of the test."""

    def __init__(self, url: str, certificate: Certificate) -> None:
        super().__init__(url)
        self.certificate = certificate

    def stranger(self, stem: str = "stranger") -> Person:
        somebody = super().stranger(stem)
        somebody.http.verify = str(self.certificate.path)
        return somebody


@dataclass
class Site:
    """All of it; ``cast`` comes in through nginx."""

    nginx: Nginx
    instances: list[Unitary]
    database: Database
    cast: SecureCast

    @property
    def url(self) -> str:
        return self.nginx.url

    def logs(self) -> str:
        return "".join(one.log() for one in self.instances)

    def upstreams(self) -> list[str]:
        return [f"unix:{one.socket_path}" for one in self.instances]


@pytest.fixture
def can_poll() -> bool:
    """One worker to an instance, and nginx that keeps who polls at one of them."""
    return True


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, certificate: Certificate) -> Iterator[Site]:
    """Started as deploy/ says, by ``chat@1`` and ``chat@2``; the first one makes the tables."""
    run = Path(tempfile.mkdtemp(prefix="chat-run-"))
    run.chmod(0o711)  # of those who may not read it, nginx's workers are
    nginx = Nginx(run, certificate)
    name = f"deployed_{secrets.token_hex(4)}"
    url = postgres.create_database(name)
    redis = Redis()
    redis.start()
    settings = {
        "SECRET_KEY": secrets.token_hex(32),
        "TRUSTED_PROXIES": "1",
        "INSTANCE_PATH": str(tmp_path_factory.mktemp("state")),
        "DATABASE_URL": url,
        "REDIS_URL": redis.url,
        "RATE_LIMITS": "off",
        "STORAGE_URL": str(run / "files"),
        "X_ACCEL_REDIRECT": "/_files/",
    }
    instances = [Unitary(Unit("chat@.service", run, number), settings) for number in ("1", "2")]
    for one in instances:
        one.start()
    nginx.start()
    if os.getuid() == 0:
        shutil.chown(run / "files", group="nogroup")  # nginx's
    cast = SecureCast(nginx.url, certificate)
    whole = Site(nginx, instances, Database(url), cast)
    yield whole
    cast.close()
    nginx.close()
    for one in instances:
        one.stop()
    log = whole.logs()
    for service in (*instances, redis):
        service.close()
    postgres.drop_database(name)
    shutil.rmtree(run)
    assert not FAULT_LINES.search(log), log


def restarted(one: Unitary) -> None:
    """As ``systemctl restart``: back when it answers."""
    one.stop()
    one.start()
