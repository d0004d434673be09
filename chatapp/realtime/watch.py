"""What this process looks at by itself, every now and then, because nobody may come to tell it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from chatapp.extensions import db, socketio
from chatapp.lib.chunks import chunks
from chatapp.models import Conversation, Login
from chatapp.models.transaction import write
from chatapp.realtime import broadcasts, heads, sockets
from chatapp.realtime.engine import Outsiders

log = logging.getLogger(__name__)
_CHUNK = 500


def start(app: Flask) -> None:
    """Start the rounds; they end with the process."""
    outsiders = Outsiders(app.config["HANDSHAKE_SECONDS"])
    _every(app, app.config["LOGIN_CHECK_SECONDS"], close_ended_logins)
    _every(app, app.config["HEAD_CHECK_SECONDS"], tell_heads)
    _every(app, app.config["LOGIN_TOUCH_SECONDS"], touch_logins)
    _every(app, app.config["HANDSHAKE_SECONDS"] / 4, outsiders.close_overdue)


def close_ended_logins() -> None:
    """Close the sockets of log-ins that were ended elsewhere: by another worker or by the flask CLI."""
    for chunk in chunks(sockets.login_ids(), _CHUNK):
        for login_id, reason in Login.ended_among(chunk):
            broadcasts.signed_out(login_id, reason)


def touch_logins() -> None:
    """Note that log-ins with an open page are in use, so that they do not run out."""
    for chunk in chunks(sockets.login_ids(), _CHUNK):
        with write():
            Login.touch(chunk)


def tell_heads() -> None:
    """Tell the rooms whose conversation moved without a broadcast from here."""
    for chunk in chunks(heads.watched(), _CHUNK):
        rows = db.session.execute(db.select(Conversation.id, Conversation.version).where(Conversation.id.in_(chunk)))
        for conversation_id, version in heads.missed((row.id, row.version) for row in rows):
            broadcasts.head(conversation_id, version)


def _every(app: Flask, seconds: float, look: Callable[[], None]) -> None:
    def rounds() -> None:
        while True:
            socketio.sleep(seconds)
            try:
                with app.app_context():
                    look()
            except SQLAlchemyError as error:
                log.warning("%s: database away: %s", look.__name__, type(error).__name__)
            except Exception:
                log.exception("%s failed", look.__name__)

    socketio.start_background_task(rounds)
