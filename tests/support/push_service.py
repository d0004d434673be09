"""A push service of the tests' own: it takes pushes as the real ones do, decrypts them as a browser does, and checks
who signed them."""

import contextlib
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from chatapp.lib import base64url
from tests.support.certificates import Certificate
from tests.support.people import Person
from tests.support.waiting import eventually


@dataclass
class Push:
    """One that was asked for, in the clear."""

    content: dict[str, Any]
    headers: dict[str, str]
    claims: dict[str, Any]
    answered: int


@dataclass
class Browser:
    """One subscription, with the keys that only the browser has."""

    service: "PushService"
    name: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    answers: list[Any] = field(default_factory=list)  # for the next pushes; afterwards 201
    pushes: list[Push] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"{self.service.origin}/push/{self.name}"

    @property
    def subscription(self) -> dict[str, Any]:
        """As a page hands it to the server."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": base64url.encode(point), "auth": base64url.encode(self.auth)}
        return {"endpoint": self.endpoint, "keys": keys}

    def subscribe(self, person: Person) -> "Browser":
        answer = person.call("POST", "/api/push/subscriptions", self.subscription)
        assert answer.status_code in (200, 201), (answer.status_code, answer.text)
        return self

    def got(self, kind: str = "message", answered: int = 201) -> list[dict[str, Any]]:
        """What was taken, of a type."""
        return [push.content for push in self.pushes if push.content["type"] == kind and push.answered == answered]

    def wait_for(self, kind: str = "message", count: int = 1, within: float = 15) -> dict[str, Any]:
        """The newest of a type, once so many have come."""
        eventually(lambda: len(self.got(kind)) >= count, within=within)
        return self.got(kind)[-1]


class PushService:
    """Answers 201, or what a browser has in ``answers``: a status, a status with headers, or a function
    that gets the connection."""

    def __init__(self, certificate: Certificate | None = None) -> None:
        self.browsers: dict[str, Browser] = {}
        self.problems: list[str] = []
        self.waiting = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        scheme, host = "http", "127.0.0.1"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.path, certificate.key)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            scheme, host = "https", "localhost"
        self.origin = f"{scheme}://{host}:{self._server.server_address[1]}"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def browser(self) -> Browser:
        """One more that can be subscribed."""
        made = Browser(self, secrets.token_urlsafe(12))
        self.browsers[made.name] = made
        return made

    def never(self, _wire: Any) -> None:
        """No answer before the service is closed."""
        self._ended.wait()

    def drip(self, wire: Any) -> None:
        """An answer that comes byte by byte."""
        with contextlib.suppress(OSError):
            wire.write(b"HTTP/1.1 201 Created\r\nX-Wait: ")
            while not self._ended.wait(0.5):
                wire.write(b".")
                wire.flush()

    def close(self) -> None:
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(service: "PushService") -> type[BaseHTTPRequestHandler]:  # noqa: N805 (self is the handler's)
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                browser = service.browsers.get(self.path.rpartition("/")[2])
                status, headers = 404, {}
                if browser is not None:
                    answer = browser.answers.pop(0) if browser.answers else 201
                    if callable(answer):
                        service.waiting += 1
                        answer(self.wfile)
                        service.waiting -= 1
                        self.close_connection = True
                        return
                    status, headers = answer if isinstance(answer, tuple) else (answer, {})
                    service._take(browser, dict(self.headers.items()), body, status)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST  # noqa: N815 (nobody should)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def _take(self, browser: Browser, headers: dict[str, str], body: bytes, status: int) -> None:
        try:
            assert Vapid02.verify(headers["Authorization"])
            token = headers["Authorization"].partition("t=")[2].partition(",")[0]
            claims = json.loads(base64url.decode(token.split(".")[1]))
            assert claims["aud"] == self.origin, claims
            assert time.time() < claims["exp"] < time.time() + 24 * 3600, claims
            assert headers["Content-Encoding"] == "aes128gcm"
            assert int(headers["TTL"]) > 0
            assert len(headers["Topic"]) <= 32
            assert len(body) <= 4096
            clear = http_ece.decrypt(body, private_key=browser.key, auth_secret=browser.auth, version="aes128gcm")
            browser.pushes.append(Push(json.loads(clear), headers, claims, status))
        except Exception as error:  # noqa: BLE001 (told by the fixture)
            self.problems.append(repr(error))


Make = Callable[..., PushService]
