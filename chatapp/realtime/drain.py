"""How this process leaves: its sockets are told to come back, a few at a time, and its sends come to their end."""

from __future__ import annotations

import random
from collections.abc import Callable

from flask import Flask

from chatapp.extensions import socketio

# Over so many seconds, so that those who come back do not all come at once.
SPREAD_SECONDS = 1.0
# How often it is looked for those who were just coming in.
_LATE_SECONDS = 0.05


class Drain:
    """``app.extensions["drain"]``: begun once, by whoever serves the app."""

    def __init__(self, is_idle: Callable[[], bool], leave: Callable[[], None]) -> None:
        """``leave`` is called once all have been told to come back."""
        self.has_begun = False
        self._has_left = False
        self._is_idle, self._leave = is_idle, leave

    def init_app(self, app: Flask) -> None:
        """Offer it to whoever serves the app."""
        app.extensions["drain"] = self

    def begin(self) -> None:
        """Close all connections within SPREAD_SECONDS; pages reconnect by themselves, to another process."""
        self.has_begun = True
        socketio.start_background_task(self._close_all)

    @property
    def is_over(self) -> bool:
        """Whether nobody is connected and every send has been answered."""
        are_closed = all(connection.closed for connection in socketio.server.eio.sockets.values())
        return are_closed and self._has_left and self._is_idle()

    def _close_all(self) -> None:
        """Those who are here within SPREAD_SECONDS; who was just coming in, as soon as he is."""
        pause = SPREAD_SECONDS
        while True:
            connections = [each for each in socketio.server.eio.sockets.values() if not each.closed]
            random.shuffle(connections)
            for connection in connections:
                if not connection.closed:
                    connection.close()
                    socketio.sleep(pause / len(connections))
            if not self._has_left:
                self._leave()
                self._has_left = True
            pause = _LATE_SECONDS
            socketio.sleep(pause)
