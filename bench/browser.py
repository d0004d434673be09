"""One person's HTTP: a kept connection and the cookie of a log-in."""

from __future__ import annotations

from http.client import HTTPConnection
from urllib.parse import urlencode

from bench.process import BenchError
from bench.wire import AGENT


class Browser:
    """Asks one server; anything but success is a BenchError."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self._http = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"User-Agent": AGENT, "Accept-Encoding": "gzip"} | ({"Cookie": cookie} if cookie else {})

    def get(self, path: str) -> bytes:
        """The body of an answer with status 200."""
        self._http.request("GET", path, headers=self._headers)
        answer = self._http.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise BenchError(f"GET {path}: {answer.status}")
        return body

    def log_in(self, username: str, password: str) -> None:
        """By the form, as a browser without cookies does it."""
        self._http.request("GET", "/login", headers={"User-Agent": AGENT})
        answer = self._http.getresponse()
        page, cookie = answer.read().decode(), answer.getheader("Set-Cookie", "").partition(";")[0]
        token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        form = urlencode({"csrf_token": token, "username": username, "password": password})
        kind = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": AGENT, "Cookie": cookie}
        self._http.request("POST", "/login", form, kind)
        answer = self._http.getresponse()
        answer.read()
        if answer.status not in (302, 303):
            raise BenchError(f"POST /login: {answer.status}")

    def close(self) -> None:
        """Let go."""
        self._http.close()
