"""What goes over the wire: encrypted for one browser (RFC 8291), signed for one push service (RFC 8292)."""

from __future__ import annotations

import time
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from chatapp.lib import base64url, offload
from chatapp.notify.subscriptions import Subscription

# A token may live for a day; one that is used again and again costs one signature.
_LIVES_SECONDS = 12 * 3600
_USED_SECONDS = 6 * 3600


class Envelopes:
    """Made with one key."""

    def __init__(self, vapid: Vapid02) -> None:
        # The library knows fewer contacts than there are; config.py has looked at this one.
        vapid.conf = {"no-strict": True}
        self._vapid = vapid
        self._tokens: dict[tuple[str, str], tuple[float, str]] = {}

    def make(
        self, origin: str, contact: str, subscription: Subscription, content: bytes
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of a push, off the event loop: a quarter of a millisecond of arithmetic.

        ``contact`` is whom the push service may turn to.
        """
        return offload.run(self._make, origin, contact, subscription, content)

    def _make(
        self, origin: str, contact: str, subscription: Subscription, content: bytes
    ) -> tuple[dict[str, str], bytes]:
        body = http_ece.encrypt(
            content,
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=base64url.decode(subscription.p256dh),
            auth_secret=base64url.decode(subscription.auth),
            version="aes128gcm",
        )
        return {"Authorization": self._token(origin, contact), "Content-Encoding": "aes128gcm"}, body

    def _token(self, origin: str, contact: str) -> str:
        present = time.time()
        made, token = self._tokens.get((origin, contact), (0.0, ""))
        if not 0 <= present - made < _USED_SECONDS:
            claims: dict[str, Any] = {"aud": origin, "exp": int(present) + _LIVES_SECONDS, "sub": contact}
            token = self._vapid.sign(claims)["Authorization"]
            self._tokens[origin, contact] = (present, token)
        return token


def check_keys(p256dh: str, auth: str) -> str | None:
    """What is wrong with the keys that a browser handed in, if anything is."""
    try:
        point = base64url.decode(p256dh)
        if len(point) != 65 or point[0] != 4:
            raise ValueError("not an uncompressed point")
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return "keys.p256dh: must be an uncompressed point of P-256, in base64url."
    try:
        is_secret = len(base64url.decode(auth)) == 16
    except ValueError:
        is_secret = False
    return None if is_secret else "keys.auth: must be 16 bytes in base64url."
