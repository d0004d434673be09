"""Subscribing: only with real keys, only at real push services, each person their own."""

import contextlib
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from chatapp.lib import base64url
from chatapp.lib.errors import ChatError
from chatapp.notify.services import UnreachableError, addresses_of, is_apple, place_of
from tests.support.groups import check_refused
from tests.support.people import Cast, Person
from tests.support.push_service import Browser, PushService
from tests.support.server import Server

BrowserOf = Callable[[Person], Browser]
PATH = "/api/push/subscriptions"


def endpoints_of(server: Server, person: Person) -> list[str]:
    rows = server.database.rows("SELECT endpoint FROM push_subscription WHERE user_id = ? ORDER BY id", person.id)
    return [row["endpoint"] for row in rows]


def test_a_subscription_is_ones_own(
    server: Server, alice: Person, bob: Person, push_service: PushService, cast: Cast
) -> None:
    browser = push_service.browser()
    assert alice.call("POST", PATH, browser.subscription).status_code == 201
    assert alice.call("POST", PATH, browser.subscription).status_code == 200
    for method, path in (("DELETE", PATH), ("POST", "/api/push/test")):
        check_refused(bob.call(method, path, {"endpoint": browser.endpoint}), 404, "not_found")
    assert alice.call("POST", "/api/push/test", {"endpoint": browser.endpoint}).json() == {}
    assert browser.wait_for("test")["title"] == "Chat"
    # Bob has logged in with the same browser.
    assert bob.call("POST", PATH, browser.subscription).status_code == 200
    assert (endpoints_of(server, alice), endpoints_of(server, bob)) == ([], [browser.endpoint])
    check_refused(alice.call("DELETE", PATH, {"endpoint": browser.endpoint}), 404, "not_found")
    assert bob.call("DELETE", PATH, {"endpoint": browser.endpoint}).json() == {}
    check_refused(bob.call("DELETE", PATH, {"endpoint": browser.endpoint}), 404, "not_found")
    assert [push.content["type"] for push in browser.pushes] == ["test"]


def test_nobody_without_a_log_in(cast: Cast, push_service: PushService, alice: Person) -> None:
    stranger = cast.stranger()
    check_refused(stranger.get("/api/push/key"), 401, "login_required")
    stranger._token = alice.token
    answer = stranger.call("POST", PATH, push_service.browser().subscription)
    assert answer.status_code in (400, 401), answer.text


def test_all_workers_have_one_key(server: Server, alice: Person) -> None:
    """It is a point of P-256, and the operator can see it."""
    found = {alice.json("/api/push/key")["public_key"] for _ in range(8)}
    assert found == {server.flask("push", "key").strip()}
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64url.decode(found.pop()))
    assert "subscriptions" in server.flask("push", "status")


def test_the_oldest_go_when_there_are_too_many(server: Server, cast: Cast, push_service: PushService) -> None:
    devices = [cast.alice, *(cast.keep(cast.alice.elsewhere()) for _ in range(3))]
    made = [[push_service.browser().subscribe(device) for _ in range(11)] for device in devices[:1]]
    assert endpoints_of(server, cast.alice) == [browser.endpoint for browser in made[0][1:]]
    for device in devices[1:]:
        made.append([push_service.browser().subscribe(device) for _ in range(10)])
    expected = [browser.endpoint for browsers in made[1:] for browser in browsers]
    assert endpoints_of(server, cast.alice) == expected


def point(compressed: bool = False) -> str:
    form = PublicFormat.CompressedPoint if compressed else PublicFormat.UncompressedPoint
    return base64url.encode(ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, form))


SECRET = base64url.encode(secrets.token_bytes(16))


BAD_KEYS: list[tuple[Any, str]] = [
    (None, "keys"),
    ({"auth": SECRET}, "p256dh"),
    ({"p256dh": 5, "auth": SECRET}, "p256dh"),
    ({"p256dh": "", "auth": SECRET}, "p256dh"),
    ({"p256dh": base64url.encode(b"\4" + b"\1" * 64), "auth": SECRET}, "p256dh"),
    ({"p256dh": base64url.encode(b"\0"), "auth": SECRET}, "p256dh"),
    ({"p256dh": point(compressed=True), "auth": SECRET}, "p256dh"),
    ({"p256dh": point() + "A", "auth": SECRET}, "p256dh"),
    ({"p256dh": point(), "auth": ""}, "auth"),
    ({"p256dh": point(), "auth": base64url.encode(b"x" * 15)}, "auth"),
    ({"p256dh": point(), "auth": "not base64 at all!!!"}, "auth"),
    ({"p256dh": point(), "auth": "é" * 22}, "auth"),
]


def test_keys_that_are_none(server: Server, alice: Person, push_service: PushService) -> None:
    for keys, word in BAD_KEYS:
        answer = alice.call("POST", PATH, {"endpoint": push_service.browser().endpoint, "keys": keys})
        check_refused(answer, 400, "bad_request", word)
    assert endpoints_of(server, alice) == []


HOSTILE = [
    "http://127.0.0.1/push",
    "http://localhost:5000/push",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/push",
    "https://127.0.0.1/push",
    "https://10.0.0.1/push",
    "https://2130706433/push",
    "https://0x7f000001/push",
    "https://[::ffff:127.0.0.1]/push",
    "https://metadata.google.internal/push",
    "https://example.org/push",
    "http://fcm.googleapis.com/fcm/send/x",
    "https://fcm.googleapis.com:8443/fcm/send/x",
    "https://fcm.googleapis.com:80/fcm/send/x",
    "https://fcm.googleapis.com:0443x/fcm/send/x",
    "https://fcm.googleapis.com.example.org/x",
    "https://fcm.googleapis.com./x",
    "https://fcm.googleapis.com",
    "https://fcm.googleapis.com/",
    "https://xfcm.googleapis.com/x",
    "https://storage.googleapis.com/x",
    "https://evilpush.apple.com/x",
    "https://push.apple.com.evil.org/x",
    "https://notify.windows.com.evil.org/x",
    "https://.push.apple.com/x",
    "https://fcm.googleapis.com@127.0.0.1/x",
    "https://user:pass@fcm.googleapis.com/x",
    "https://127.0.0.1\\@fcm.googleapis.com/x",
    "https://127.0.0.1#@fcm.googleapis.com/x",
    "https://127.0.0.1?@fcm.googleapis.com/x",
    "https://fcm.googleapis.com/x#fragment",
    "https://fcm.googleapis.com/x y",
    "https://fcm.googleapis.com/x\r\nHost: 127.0.0.1",
    "https://fcm.googleapis.com%2f@127.0.0.1/x",
    "https://fcm.google\u0430pis.com/x",
    "https:/fcm.googleapis.com/x",
    "//fcm.googleapis.com/x",
    "file:///etc/passwd",
    "ftp://fcm.googleapis.com/x",
    "javascript:alert(1)",
    "",
]


def test_endpoints_that_are_none(server: Server, alice: Person, push_service: PushService) -> None:
    keys = push_service.browser().subscription["keys"]
    for endpoint in [*HOSTILE, push_service.origin.replace("127.0.0.1", "localhost") + "/x", None, 5, ["x"]]:
        answer = alice.call("POST", PATH, {"endpoint": endpoint, "keys": keys})
        check_refused(answer, 400, "bad_request", "endpoint")
    assert endpoints_of(server, alice) == []


def test_the_services_of_all_browsers_are_known(server: Server, alice: Person, push_service: PushService) -> None:
    browser = push_service.browser()
    places = [
        "https://fcm.googleapis.com/fcm/send/abc:APA91",
        "https://fcm.googleapis.com/wp/abc",
        "https://jmt17.google.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com/QKC",
        "https://wns2-par02p.notify.windows.com/w/?token=BQY%3d",
        "https://FCM.googleapis.com:443/fcm/send/upper",
    ]
    for endpoint in places:
        answer = alice.call("POST", PATH, {"endpoint": endpoint, "keys": browser.subscription["keys"]})
        assert answer.status_code == 201, (endpoint, answer.text)
    assert endpoints_of(server, alice) == places


@given(st.text(max_size=40), st.sampled_from(["https://", "http://", ""]))
def test_whatever_is_let_through_is_a_known_host(text: str, scheme: str) -> None:
    for endpoint in (scheme + text, f"{scheme}fcm.googleapis.com{text}", f"{scheme}{text}fcm.googleapis.com/x"):
        with contextlib.suppress(ChatError):
            place = place_of(endpoint, ())
            assert (place.scheme, place.host, place.port) == ("https", "fcm.googleapis.com", 443)


def test_a_known_name_that_leads_to_a_private_address_is_not_followed() -> None:
    """As a resolver would have it that somebody has poisoned; by names and addresses that lead there for real."""
    private = "127.0.0.1 10.1.2.3 169.254.169.254 0.0.0.0 224.0.0.1 ::1 fe80::1 fd00::1 ::ffff:10.0.0.1"
    for host in ("localhost", *private.split()):
        with pytest.raises(UnreachableError, match="not public"):
            addresses_of(host, 443)
    with pytest.raises(UnreachableError, match="not found"):
        addresses_of("nowhere.invalid", 443)
    assert addresses_of("8.8.8.8", 443) == ["8.8.8.8"]


def test_safari_is_known_by_its_push_service() -> None:
    for endpoint in ("https://web.push.apple.com/QKC", "https://WEB.push.Apple.com:443/x"):
        assert is_apple(endpoint)
    for endpoint in ("https://fcm.googleapis.com/.push.apple.com/x", "https://fcm.googleapis.com/x"):
        assert not is_apple(endpoint)
