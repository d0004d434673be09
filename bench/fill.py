"""People, log-ins and conversations put straight into the app's database, without a form or a password hash each.

Runs in the app's environment; reads ``Wish`` from standard input as JSON and prints ``Filled`` as JSON.
"""

from __future__ import annotations

import json
import random
import secrets
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from flask import Flask, session
from flask_login import UserMixin, login_user
from sqlalchemy import insert

from bench import history
from bench.names import display_name
from bench.wire import AGENT
from chatapp import create_app
from chatapp.auth import passwords
from chatapp.chat import groups
from chatapp.extensions import db
from chatapp.lib.chunks import chunks
from chatapp.models import Conversation, Login, Membership, User

_CHUNK = 500


@dataclass
class Wish:
    """What to make: the first ``logins`` of ``people`` are logged in, the first ``pairs`` couples of them have a
    conversation. With a ``password``, all have it. ``histories`` are lengths of conversations between the first
    of the people and the next ones; not together with ``pairs``. The first ``group`` of the people are in one
    group, which comes first among the histories."""

    people: int = 40
    logins: int = 40
    pairs: int = 20
    password: str = ""
    histories: list[int] = field(default_factory=list)
    group: int = 0


@dataclass
class Filled:
    """What was made. ``pairs`` are as the load generator wants them."""

    user_ids: list[int] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    pairs: list[dict[str, Any]] = field(default_factory=list)
    histories: list[int] = field(default_factory=list)


class _Named(UserMixin):
    def __init__(self, token: str) -> None:
        self.id = token


def fill(app: Flask, wish: Wish) -> Filled:
    """Grant the wish, in the application's context."""
    password_hash = passwords.make_hash(wish.password) if wish.password else "!"
    chooser = random.Random(7)
    people = [(f"person{number}", display_name(chooser)) for number in range(wish.people)]
    filled = Filled(user_ids=[user_id for chunk in chunks(people, _CHUNK) for user_id in _add(chunk, password_hash)])
    tokens = [secrets.token_urlsafe(32) for _ in range(wish.logins)]
    logins = [
        {"user_id": user_id, "token_hash": Login.hash_token(token), "device": AGENT, "address": "127.0.0.1"}
        for user_id, token in zip(filled.user_ids, tokens, strict=False)
    ]
    _insert(Login, logins)
    filled.cookies = [_cookie(app, token) for token in tokens]
    couples = [(at, at + 1) for at in range(0, 2 * wish.pairs, 2)]
    for conversation_id, couple in zip(_talk(filled.user_ids, couples), couples, strict=True):
        cookies = [filled.cookies[at] for at in couple if at < wish.logins]
        filled.pairs.append({"conversation_id": conversation_id, "cookies": cookies})
    filled.histories = _talk(filled.user_ids, [(0, at + 1) for at in range(len(wish.histories))])
    for at, (conversation_id, length) in enumerate(zip(filled.histories, wish.histories, strict=True)):
        history.write(conversation_id, (filled.user_ids[0], filled.user_ids[at + 1]), length)
    db.session.commit()
    if wish.group:
        made, _ = groups.create(filled.user_ids[0], filled.user_ids[1 : wish.group], "Everybody")
        filled.histories.insert(0, made["id"])
    return filled


def _talk(user_ids: list[int], couples: list[tuple[int, int]]) -> list[int]:
    """A conversation for each couple."""
    keys = [Conversation.key_of_pair(*(user_ids[at] for at in couple)) for couple in couples]
    made = _insert(Conversation, [{"kind": "direct", "pair_key": key, "member_count": 2} for key in keys])
    members = [
        {"conversation_id": conversation_id, "user_id": user_ids[at]}
        for conversation_id, couple in zip(made, couples, strict=True)
        for at in couple
    ]
    for chunk in chunks(members, _CHUNK):
        db.session.execute(insert(Membership), chunk)
    return made


def _add(people: Sequence[tuple[str, str]], password_hash: str) -> list[int]:
    """By the model, which also knows what else a person needs to be found."""
    users = []
    for username, name in people:
        user = User(username=username, password_hash=password_hash)
        user.rename(name)
        users.append(user)
    db.session.add_all(users)
    db.session.flush()
    ids = [user.id for user in users]
    db.session.expunge_all()
    return ids


def _insert(model: Any, rows: list[dict[str, Any]]) -> list[int]:
    ids: list[int] = []
    for chunk in chunks(rows, _CHUNK):
        ids += db.session.scalars(insert(model).returning(model.id, sort_by_parameter_order=True), chunk)
    return ids


def _cookie(app: Flask, token: str) -> str:
    """What the browser of that log-in would hold."""
    with app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}, headers={"User-Agent": AGENT}):
        session.permanent = True
        login_user(_Named(token))
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(dict(session))}"


def main() -> None:
    """Fill the database of the environment."""
    app = create_app()
    with app.app_context():
        print(json.dumps(asdict(fill(app, Wish(**json.load(sys.stdin))))))


if __name__ == "__main__":
    main()
