"""The server's own key of VAPID (RFC 8292), by which push services know it again: made once, kept in the database.

Every subscription is made for this key and none other, so all workers share it, and a host that forgets its disk
keeps it as long as it keeps its database.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from sqlalchemy.exc import IntegrityError

from chatapp.extensions import db
from chatapp.lib import base64url
from chatapp.models import ServerKey
from chatapp.models.transaction import write

_PRIVATE = "vapid"
_ADDRESS = "push_address"
_TOPICS = "push_topics"


def make() -> None:
    """Make all that there has to be, where it is not there yet."""
    vapid()
    topic_secret()


def vapid() -> Vapid02:
    """The key."""
    return Vapid02.from_raw(_kept(_PRIVATE, _new_private).encode())


def public_key() -> str:
    """What browsers subscribe for: the uncompressed point, base64url."""
    return base64url.encode(vapid().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def topic_secret() -> bytes:
    """What keeps a push service from telling conversations by their topics."""
    return _kept(_TOPICS, lambda: secrets.token_urlsafe(32)).encode()


def address() -> str | None:
    """The https address by which people reach this server, if one has been seen."""
    row = db.session.get(ServerKey, _ADDRESS)
    return row.value if row else None


def note_address(url: str) -> None:
    """Keep the address by which somebody has just subscribed: push services want to know whom to turn to."""
    if not url.startswith("https://") or address() == url:
        return
    with write():
        db.session.merge(ServerKey(name=_ADDRESS, value=url))


def _kept(name: str, make: Callable[[], str]) -> str:
    row = db.session.get(ServerKey, name)
    if row is None:
        try:
            with write():
                db.session.add(ServerKey(name=name, value=make()))
        except IntegrityError:
            pass  # another worker was first
        row = db.session.get_one(ServerKey, name)
    return row.value


def _new_private() -> str:
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64url.encode(number.to_bytes(32, "big"))
