"""Which endpoints may be sent to. They come from browsers, so from anybody: no request to an address of their choice.

Known push services are reached by https on port 443, at addresses that are the whole world's; what else the operator
names in PUSH_SERVICES is trusted as it is named.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection
from typing import NamedTuple

from chatapp.lib.errors import ChatError

# What browsers subscribe at: Chrome and all that is made of it (and its test channel), Firefox, Safari, Edge.
_HOSTS = {"fcm.googleapis.com", "jmt17.google.com"}
_PARENTS = (".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com")
# Nothing that two parsers might read in two ways: no name, no IPv6 literal, no backslash, no fragment.
_ENDPOINT = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(?P<port>[0-9]{1,5}))?(?P<path>/[!-~]+)",
    re.IGNORECASE,
)
_USUAL_PORTS = {"http": 80, "https": 443}


class UnreachableError(Exception):
    """A push service that gave no answer, or has no address that one could send to."""


class Place(NamedTuple):
    """An endpoint, taken apart; ``is_known`` where it is one of the services that every browser uses."""

    scheme: str
    host: str
    port: int
    path: str
    is_known: bool

    @property
    def origin(self) -> str:
        """As VAPID's ``aud`` has it."""
        port = "" if self.port == _USUAL_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def place_of(endpoint: str, extra: Collection[str]) -> Place:
    """Where an endpoint leads; ``bad_request`` unless that is a push service, or one of ``extra`` (PUSH_SERVICES)."""
    found = _ENDPOINT.fullmatch(endpoint)
    if found is None or "#" in endpoint or "\\" in endpoint:
        raise ChatError("bad_request", "endpoint: this is not the https address of a push subscription.")
    scheme, host = found["scheme"].lower(), found["host"].lower()
    port = int(found["port"] or _USUAL_PORTS[scheme])
    is_known = scheme == "https" and port == 443 and (host in _HOSTS or host.endswith(_PARENTS))
    place = Place(scheme, host, port, found["path"], is_known)
    if not is_known and place.origin not in extra:
        raise ChatError(
            "bad_request",
            "endpoint: not at a push service that this server sends to. Its operator can allow more in PUSH_SERVICES.",
        )
    return place


def is_apple(endpoint: str) -> bool:
    """Whether it is Safari's, of those that ``place_of`` has let through."""
    return endpoint.lower().partition("://")[2].partition("/")[0].partition(":")[0].endswith(".push.apple.com")


def addresses_of(host: str, port: int) -> list[str]:
    """Where a known service is to be reached: one IPv4 address, one IPv6 address, or either.

    The name has to lead nowhere but to public addresses: one that is not among them means that somebody plays with
    the name, and nothing is sent at all.
    """
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UnreachableError(f"{host} is not found") from error
    found = [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in infos]
    for address in found:
        if not address.is_global or address.is_multicast:
            raise UnreachableError(f"{host} leads to {address}, which is not public")
    by_version = {address.version: str(address) for address in found}
    return [by_version[version] for version in (4, 6) if version in by_version]
