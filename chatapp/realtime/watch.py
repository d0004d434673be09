"""What this process looks at by itself, every now and then, because nobody may come to tell it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from chatapp.extensions import db, socketio
from chatapp.lib.chunks import chunks
from chatapp.lib.clock import now
from chatapp.models import Login
from chatapp.models.transaction import write
from chatapp.realtime import broadcasts, last_seen, lost_broadcasts, presence_lookup, sockets
from chatapp.realtime.engine import Outsiders

log = logging.getLogger(__name__)
# Each is one statement, and short enough that nobody waits for it to be put together.
_CHUNK = 100
# Between two of many: with 10,000 connections one round in one go delays messages for a quarter of a second.
_BREATH_SECONDS = 0.03
# Machines' clocks may differ by so much before an ended log-in waits for the slower round.
ENDED_LATELY_SECONDS = 300


def start(app: Flask) -> None:
    """Start the rounds, and to listen to other workers; both end with the process."""
    socketio.server.manager.start()
    outsiders = Outsiders(app.config["HANDSHAKE_SECONDS"])
    every(app, app.config["LOGIN_CHECK_SECONDS"], close_ended_logins)
    every(app, app.config["LOGIN_EXPIRY_CHECK_SECONDS"], close_expired_logins)
    every(app, app.config["HEAD_CHECK_SECONDS"], lost_broadcasts.tell_heads)
    every(app, app.config["HEAD_CHECK_SECONDS"], lost_broadcasts.join_new_conversations)
    every(app, app.config["LOGIN_TOUCH_SECONDS"], touch_logins)
    every(app, app.config["LAST_SEEN_SECONDS"], last_seen.save)
    every(app, app.config["HANDSHAKE_SECONDS"] / 4, outsiders.close_overdue)


def close_ended_logins() -> None:
    """Close the sockets of log-ins that were ended lately elsewhere: by another worker or by the flask CLI."""
    here = set(sockets.login_ids())
    for login_id, reason in Login.ended_since(now() - timedelta(seconds=ENDED_LATELY_SECONDS)) if here else ():
        if login_id in here:
            broadcasts.signed_out(login_id, reason)


def close_expired_logins() -> None:
    """Close the sockets of all log-ins that are over, whenever and for whatever reason."""
    for chunk in chunks(sockets.login_ids(), _CHUNK):
        for login_id, reason in Login.ended_among(chunk):
            broadcasts.signed_out(login_id, reason)
        db.session.commit()  # nobody keeps a database connection while asleep
        socketio.sleep(_BREATH_SECONDS)


def touch_logins() -> None:
    """Note that log-ins with an open page are in use, so that they do not run out."""
    for chunk in chunks(sockets.login_ids(), _CHUNK):
        with write():
            Login.touch(chunk)
    last_seen.touch()
    presence_lookup.look_who_hides()


def every(app: Flask, seconds: float, look: Callable[[], object]) -> None:
    """``look`` in an application context at once, and then every so many seconds, whatever happens."""

    def rounds() -> None:
        while True:
            try:
                with app.app_context():
                    look()
            except SQLAlchemyError as error:
                log.warning("%s: database away: %s", look.__name__, type(error).__name__)
            except Exception:
                log.exception("%s failed", look.__name__)
            socketio.sleep(seconds)

    socketio.start_background_task(rounds)
