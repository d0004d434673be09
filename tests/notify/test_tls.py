"""Push services are spoken to by TLS, and have to be who they say."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatapp.notify import delivery
from chatapp.notify.delivery import Delivery
from chatapp.notify.services import Place, UnreachableError
from tests.support.certificates import Certificate, self_signed
from tests.support.people import Cast
from tests.support.push_service import PushService
from tests.support.server import Server
from tests.support.waiting import eventually


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return self_signed(tmp_path)


@pytest.fixture
def service(certificate: Certificate) -> Iterator[PushService]:
    service = PushService(certificate)
    yield service
    service.close()
    assert service.problems == []


@pytest.mark.parametrize("is_trusted", [True, False])
def test_with_a_certificate_that_is_trusted_only(
    start_server: Callable[..., Server],
    make_cast: Callable[[Server], Cast],
    service: PushService,
    certificate: Certificate,
    send: Any,
    is_trusted: bool,
) -> None:
    trust = {"SSL_CERT_FILE": str(certificate.path)} if is_trusted else {}
    server = start_server(PUSH_SERVICES=service.origin, **trust)
    cast = make_cast(server)
    his = service.browser().subscribe(cast.bob)
    conversation = cast.alice.talk_to(cast.bob)
    send(cast.alice, conversation)
    if is_trusted:
        his.wait_for()
        send(cast.alice, conversation, "by the same connection")
        assert his.wait_for(count=2)["body"] == "by the same connection"
    else:
        eventually(lambda: server.database.rows("SELECT 1 FROM push_subscription WHERE failures = 1"))
        assert his.pushes == []


def test_a_known_service_is_reached_at_the_address_that_was_looked_at_and_has_to_prove_its_name(
    service: PushService, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No push service of the world can be asked here; so the address is said to be this machine's."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    monkeypatch.setattr(delivery, "addresses_of", lambda _host, _port: ["127.0.0.1"])
    monkeypatch.setattr(delivery._overdue, "_is_looking", True)  # there is no loop that could
    port = int(service.origin.rpartition(":")[2])
    sender = Delivery(5.0)
    here = Place("https", "localhost", port, "/push/nobody", is_known=True)
    assert sender.send(here, {}, b"nothing").status == 404
    with pytest.raises(UnreachableError, match="SSLError"):
        sender.send(here._replace(host="fcm.googleapis.com"), {}, b"nothing")
