"""The queue in front of the write path: messages that arrive while a commit runs share the next one."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from chatapp.chat import messages
from chatapp.chat.messages import Draft, Outcome, Stored
from chatapp.extensions import socketio
from chatapp.lib.errors import ChatError, unavailable
from chatapp.models.transaction import DATABASE_AWAY
from chatapp.realtime import broadcasts
from chatapp.realtime.wire import message_wire

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Waiting:
    draft: Draft
    sid: str | None
    done: Any = field(default_factory=lambda: socketio.server.eio.create_event())
    message: dict[str, Any] = field(default_factory=dict)
    refusal: ChatError | None = None
    is_abandoned: bool = False

    def settle(self, outcome: Outcome) -> None:
        """Hand the outcome to whoever waits for it."""
        if isinstance(outcome, Stored):
            self.message = message_wire(outcome)
        else:
            self.refusal = outcome
        self.done.set()


class Outgoing:
    """One for each process. No timer and no added delay: an idle server commits at once.

    A single writer also means that sends in one process never fight over the database's locks.
    """

    def __init__(self) -> None:
        self._queue: deque[_Waiting] = deque()
        self._is_running = False

    def init_app(self, app: Flask) -> None:
        """Take the limits from the app's settings."""
        self._app = app
        self._patience = app.config["SEND_TIMEOUT_SECONDS"]
        self._room = app.config["SEND_QUEUE_MAX"]

    def post(self, draft: Draft, sid: str | None) -> dict[str, Any]:
        """Save a message and tell the conversation (but the socket ``sid``); returns it as the wire has it.

        Raises ChatError; with ``unavailable``, after SEND_TIMEOUT_SECONDS at most, it is not known whether it
        was saved.
        """
        if len(self._queue) >= self._room:
            raise unavailable()
        waiting = _Waiting(draft, sid)
        self._queue.append(waiting)
        if not self._is_running:
            self._is_running = True
            socketio.start_background_task(self._drain)
        if not waiting.done.wait(self._patience):
            waiting.is_abandoned = True
            raise unavailable()
        if waiting.refusal:
            raise waiting.refusal
        return waiting.message

    def _drain(self) -> None:
        try:
            while self._queue:
                batch = [waiting for waiting in self._queue if not waiting.is_abandoned]
                self._queue.clear()
                if batch:
                    self._settle(batch)
        finally:
            self._is_running = False

    def _settle(self, batch: list[_Waiting]) -> None:
        try:
            with self._app.app_context():
                outcomes = messages.save([waiting.draft for waiting in batch])
        except DATABASE_AWAY as error:
            log.warning("could not save %d messages: %s", len(batch), type(error).__name__)
            outcomes = [unavailable() for _ in batch]
        except Exception as error:
            if len(batch) > 1:  # one of them is at fault: each gets a transaction of its own
                for waiting in batch:
                    self._settle([waiting])
                return
            log.error("could not save a message: %s", error.__class__.__name__, exc_info=error)
            outcomes = [unavailable()]
        told = set()  # a retry beside the first try, in one batch, is told once
        for waiting, outcome in zip(batch, outcomes, strict=True):
            waiting.settle(outcome)
            if isinstance(outcome, Stored) and outcome.is_new and outcome.id not in told:
                told.add(outcome.id)
                _tell(waiting)


def _tell(waiting: _Waiting) -> None:
    try:
        broadcasts.message_created(waiting.message, waiting.sid)
    except Exception:
        # It is saved and acked; whoever misses the broadcast catches up by ``head``.
        log.exception("message %d was not broadcast", waiting.message["id"])


outgoing = Outgoing()
