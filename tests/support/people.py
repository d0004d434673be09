"""People who use the chat: the forms by a small HTTP client, the JSON with the same cookie."""

import itertools
import re
import secrets
import time
from html import unescape
from typing import Any

import requests

TOKEN_FIELD = re.compile(r'<input[^>]*name="csrf_token"[^>]*value="([^"]+)"')
TOKEN_META = re.compile(r'<meta[^>]*name="csrf-token"[^>]*content="([^"]+)"')
BOOT = re.compile(r'<script[^>]*id="boot"[^>]*>(.*?)</script>', re.DOTALL)

_numbers = itertools.count(1)
_run = secrets.token_hex(3)


def fresh_name(stem: str) -> str:
    return f"{stem}_{_run}_{next(_numbers)}"


def fresh_password() -> str:
    return f"correct horse {secrets.token_hex(6)}"


class Person:
    """One person in one browser: a cookie jar, a name and a password."""

    def __init__(self, url: str, username: str | None = None, password: str | None = None) -> None:
        self.url = url
        self.username = username or fresh_name("person")
        self.password = password or fresh_password()
        self.http = requests.Session()
        self.http.trust_env = False
        self._me: dict[str, Any] | None = None
        self._token: str | None = None

    # The forms

    def form_token(self, path: str) -> str:
        page = self.get(path)
        found = TOKEN_FIELD.search(page.text)
        assert found, f"{path} has no csrf_token field ({page.status_code})"
        return unescape(found[1])

    def post_form(self, path: str, token: str | None = None, **fields: str) -> requests.Response:
        token = self.form_token(path.split("?")[0]) if token is None else token
        return self.http.post(
            self.url + path,
            data={"csrf_token": token, **fields},
            allow_redirects=False,
            timeout=30,
        )

    def try_sign_up(self, **fields: str) -> requests.Response:
        wanted = {
            "username": self.username,
            "password": self.password,
            "password2": fields.get("password", self.password),
        }
        return self.post_form("/signup", **(wanted | fields))

    def sign_up(self) -> "Person":
        answer = self.try_sign_up()
        assert answer.status_code in (302, 303), (answer.status_code, answer.text)
        return self

    def try_log_in(self, path: str = "/login", **fields: str) -> requests.Response:
        wanted = {"username": self.username, "password": self.password}
        return self.post_form(path, **(wanted | fields))

    def log_in(self) -> "Person":
        answer = self.try_log_in()
        assert answer.status_code in (302, 303), (answer.status_code, answer.text)
        return self

    def log_out(self) -> requests.Response:
        answer = self.http.post(
            f"{self.url}/logout",
            data={"csrf_token": self.token},
            allow_redirects=False,
            timeout=30,
        )
        self._token = None
        return answer

    def elsewhere(self) -> "Person":
        """The same person logged in by another browser."""
        device = Person(self.url, self.username, self.password)
        device.http.verify = self.http.verify
        return device.log_in()

    def copy_of_cookies(self) -> "Person":
        """Somebody who holds the very same cookies."""
        thief = Person(self.url, self.username, self.password)
        thief.http.cookies.update(self.http.cookies)
        thief.http.verify = self.http.verify
        return thief

    # Pages and JSON

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.http.get(self.url + path, timeout=30, allow_redirects=False, **options)

    @property
    def token(self) -> str:
        """The CSRF token of the chat page."""
        if self._token is None:
            self._take(self.get("/chat").text)
        assert self._token, "the chat page has no csrf-token"
        return self._token

    def boot(self, path: str = "/chat") -> dict[str, Any]:
        page = self.get(path)
        boot = self._take(page.text)
        assert boot is not None, f"{path} has no boot data ({page.status_code})"
        return boot

    def _take(self, page: str) -> dict[str, Any] | None:
        """What a page of the chat says of who looks at it: once for all that ask."""
        token, boot = TOKEN_META.search(page), BOOT.search(page)
        if token:
            self._token = unescape(token[1])
        if boot is None:
            return None
        found: dict[str, Any] = requests.models.complexjson.loads(boot[1])
        self._me = self._me or found["me"]
        return found

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        headers = {"X-CSRFToken": self.token} | options.pop("headers", {})
        return self.http.request(
            method,
            self.url + path,
            json=body,
            headers=headers,
            timeout=30,
            allow_redirects=False,
            **options,
        )

    def json(self, path: str) -> dict[str, Any]:
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    @property
    def me(self) -> dict[str, Any]:
        if self._me is None:
            self._me = self.boot()["me"]
        return self._me

    @property
    def id(self) -> int:
        return self.me["id"]

    @property
    def cookie(self) -> str:
        return "; ".join(f"{c.name}={c.value}" for c in self.http.cookies)

    # Conversations

    def talk_to(self, other: "Person") -> int:
        """The id of the direct conversation with `other`."""
        answer = self.call("POST", "/api/conversations", {"kind": "direct", "user_id": other.id})
        assert answer.status_code in (200, 201), (answer.status_code, answer.text)
        return answer.json()["conversation"]["id"]

    def messages(self, conversation_id: int, after: int = 0) -> list[dict[str, Any]]:
        """The whole history, or what comes after a message, by paging forward."""
        found: list[dict[str, Any]] = []
        more = True
        while more:
            after = found[-1]["seq"] if found else after
            page = self.json(f"/api/conversations/{conversation_id}/messages?after={after}&limit=100")
            found += page["messages"]
            more = page["more"]
        return found

    def changes(self, conversation_id: int, since: int = 0) -> tuple[list[dict[str, Any]], int]:
        """All changes after `since`, and the cursor to use next."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.json(f"/api/conversations/{conversation_id}/changes?since={since}&limit=200")
            found += page["messages"]
            since = page["version"]
            if not page["more"]:
                return found, since

    def close(self) -> None:
        self.http.close()


class Cast:
    """Alice owns, Bob has access, Charlie has none. Each signs up when first named."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.everybody: list[Person] = []
        self._named: dict[str, Person] = {}

    def person(self, stem: str = "person") -> Person:
        """One more person, signed up."""
        return self.stranger(stem).sign_up()

    def stranger(self, stem: str = "stranger") -> Person:
        """Somebody who has not signed up."""
        somebody = Person(self.url, fresh_name(stem))
        self.everybody.append(somebody)
        return somebody

    def keep(self, somebody: Person) -> Person:
        self.everybody.append(somebody)
        return somebody

    def _cast(self, stem: str) -> Person:
        if stem not in self._named:
            self._named[stem] = self.person(stem)
        return self._named[stem]

    @property
    def alice(self) -> Person:
        return self._cast("alice")

    @property
    def bob(self) -> Person:
        return self._cast("bob")

    @property
    def charlie(self) -> Person:
        return self._cast("charlie")

    def close(self) -> None:
        for somebody in self.everybody:
            somebody.close()


def is_recent(stamp: str, seconds: float = 60) -> bool:
    """Whether an ISO time of the wire lies in the last seconds."""
    from datetime import datetime

    return abs(time.time() - datetime.fromisoformat(stamp).timestamp()) < seconds
