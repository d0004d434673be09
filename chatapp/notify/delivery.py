"""One request to a push service: its answer, or that there was none in time."""

from __future__ import annotations

import contextlib
import socket
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from chatapp.extensions import socketio
from chatapp.notify.services import Place, UnreachableError, addresses_of

# Push services have a host or two each; Edge's have one for each region.
_POOLS_MAX = 16
_LOOK_SECONDS = 0.5
_RETRY_AFTER_MAX = 24 * 3600


class Answer(NamedTuple):
    """A status, and how long to leave it in peace, in seconds, where it says so."""

    status: int
    retry_after: float | None


class _Overdue:
    """Cuts off connections that have been answering for too long: a time-out is for each read, and a service that
    says a byte now and then never runs into it."""

    def __init__(self) -> None:
        self._deadlines: dict[Any, float] = {}
        self._is_looking = False

    @contextlib.contextmanager
    def within(self, connection: Any, seconds: float) -> Iterator[None]:
        self._deadlines[connection] = time.monotonic() + seconds
        if not self._is_looking:
            self._is_looking = True
            socketio.start_background_task(self._look)
        try:
            yield
        finally:
            is_cut = self._deadlines.pop(connection, None) is None
        if is_cut:  # where headers break off, the library takes them for whole
            raise TimeoutError("cut off")

    def _look(self) -> None:
        try:
            while self._deadlines:
                socketio.sleep(_LOOK_SECONDS)
                present = time.monotonic()
                for connection in [each for each, due in self._deadlines.items() if due <= present]:
                    del self._deadlines[connection]
                    with contextlib.suppress(OSError):
                        connection.sock.shutdown(socket.SHUT_RDWR)
        finally:
            self._is_looking = False


_overdue = _Overdue()


class _Plain(HTTPConnection):
    def getresponse(self) -> Any:
        with _overdue.within(self, _seconds_of(self)):
            return super().getresponse()


class _Secure(HTTPSConnection):
    def getresponse(self) -> Any:
        with _overdue.within(self, _seconds_of(self)):
            return super().getresponse()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class Delivery:
    """Keeps connections, since the next push is likely to go the same way."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._pools: OrderedDict[tuple[str, str, int, str], Any] = OrderedDict()

    def send(self, place: Place, headers: Mapping[str, str], body: bytes) -> Answer:
        """Redirects are not followed: a push service has no reason to send one elsewhere. Raises UnreachableError."""
        started = time.monotonic()
        problem: Exception | None = None
        # The very address that was looked at: asked again, the name might lead elsewhere.
        for address in addresses_of(place.host, place.port) if place.is_known else [place.host]:
            left = self._seconds - (time.monotonic() - started)
            if left <= 0:
                break
            try:
                return self._post(self._pool(place, address), place, headers, body, left)
            except urllib3.exceptions.NewConnectionError as error:
                problem = error  # where there is no IPv4, or no IPv6, the other one will do
            except (HTTPError, OSError) as error:
                raise UnreachableError(f"{place.host}: {type(error).__name__}") from error
        raise UnreachableError(f"{place.host}: {type(problem).__name__ if problem else 'no time left'}")

    def _post(self, pool: Any, place: Place, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
        host = place.origin.partition("://")[2]
        response = pool.urlopen(
            "POST",
            place.path,
            body,
            {"Host": host, "User-Agent": "chat", "Content-Type": "application/octet-stream", **headers},
            retries=False,
            redirect=False,
            timeout=urllib3.Timeout(total=seconds),
            preload_content=False,
        )
        try:
            if response.length_remaining == 0:
                response.read()  # nothing is left to read, and the connection is free for the next push
            return Answer(response.status, retry_after_of(response.headers.get("Retry-After")))
        finally:
            response.close()  # whatever else it had to say

    def _pool(self, place: Place, address: str) -> Any:
        key = (place.scheme, place.host, place.port, address)
        pool = self._pools.pop(key, None)
        if pool is None:
            if place.scheme == "https":
                pool = _SecurePool(address, place.port, server_hostname=place.host, assert_hostname=place.host)
            else:
                pool = _PlainPool(address, place.port)
            while len(self._pools) >= _POOLS_MAX:
                self._pools.popitem(last=False)[1].close()
        self._pools[key] = pool
        return pool


def retry_after_of(value: str | None) -> float | None:
    """The seconds that a Retry-After asks for, which may also be a date; a day at most."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:10]), _RETRY_AFTER_MAX)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), _RETRY_AFTER_MAX)


def _seconds_of(connection: Any) -> float:
    timeout = connection.timeout
    return float(timeout) if isinstance(timeout, int | float) else 60.0
