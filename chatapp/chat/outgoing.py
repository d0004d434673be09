"""The queue in front of the write path: messages that arrive while a commit runs share the next one."""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass

from flask import Flask

from chatapp.chat import messages
from chatapp.chat.messages import Draft, Outcome, Stored
from chatapp.extensions import socketio
from chatapp.lib.errors import ChatError, unavailable
from chatapp.lib.orjson_codec import dumps_bytes
from chatapp.models.transaction import DATABASE_AWAY
from chatapp.realtime import broadcasts
from chatapp.realtime.namespace import Reply
from chatapp.realtime.wire import message_wire

log = logging.getLogger(__name__)
# How often it is looked whether a send has waited too long.
_LOOK_SECONDS = 0.1


@dataclass(slots=True, eq=False)
class _Waiting:
    draft: Draft
    reply: Reply
    deadline: float
    is_settled: bool = False


class Outgoing:
    """One for each process. An idle server commits at once. Between two commits of a busy one there is a pause of
    COMMIT_PAUSE_SECONDS: what arrives in it shares the next one, which saves more than it delays.

    The writer acks and broadcasts each message itself, so nobody waits for a commit but the messages. A single
    writer also means that sends in one process never fight over the database's locks.
    """

    def __init__(self) -> None:
        self._queue: deque[_Waiting] = deque()
        self._unsettled: deque[_Waiting] = deque()  # in order of their deadlines
        self._is_writing = False
        self._is_looking = False

    def init_app(self, app: Flask) -> None:
        """Take the limits from the app's settings."""
        self._app = app
        self._patience = app.config["SEND_TIMEOUT_SECONDS"]
        self._room = app.config["SEND_QUEUE_MAX"]
        self._pause = app.config["COMMIT_PAUSE_SECONDS"]

    def is_idle(self) -> bool:
        """Whether every send has been answered."""
        return not (self._queue or self._is_writing)

    def post(self, draft: Draft, reply: Reply) -> None:
        """Have a message saved, acked by ``reply``, and told to its conversation.

        Refused with ``unavailable`` when too many wait already, or, after SEND_TIMEOUT_SECONDS, when it is not
        known whether it was saved.
        """
        if len(self._queue) >= self._room:
            raise unavailable()
        waiting = _Waiting(draft, reply, time.monotonic() + self._patience)
        reply.socket.begin()
        self._queue.append(waiting)
        self._unsettled.append(waiting)
        if not self._is_writing:
            self._is_writing = True
            socketio.start_background_task(self._write)
        if not self._is_looking:
            self._is_looking = True
            socketio.start_background_task(self._give_up_in_time)

    def _write(self) -> None:
        try:
            while self._queue:
                batch = [waiting for waiting in self._queue if not waiting.is_settled]
                self._queue.clear()
                if batch:
                    self._save(batch)
                    socketio.sleep(self._pause)
        finally:
            self._is_writing = False

    def _save(self, batch: list[_Waiting]) -> None:
        outcomes: list[Outcome]
        try:
            with self._app.app_context():
                outcomes = messages.save([waiting.draft for waiting in batch])
        except DATABASE_AWAY as error:
            log.warning("could not save %d messages: %s", len(batch), type(error).__name__)
            outcomes = [unavailable() for _ in batch]
        except Exception as error:
            if len(batch) > 1:  # one of them is at fault: each gets a transaction of its own
                for waiting in batch:
                    self._save([waiting])
                return
            log.error("could not save a message: %s", error.__class__.__name__, exc_info=error)
            outcomes = [unavailable()]
        told: set[int] = set()  # a retry beside the first try, in one batch, is told once
        for waiting, outcome in zip(batch, outcomes, strict=True):
            try:
                self._settle(waiting, outcome, told)
            except Exception:
                # It is saved; whoever misses the ack sends again, whoever misses the broadcast hears ``head``.
                log.exception("an outcome could not be told")

    def _settle(self, waiting: _Waiting, outcome: Outcome, told: set[int]) -> None:
        if not isinstance(outcome, Stored):
            self._answer(waiting, outcome)
            return
        message = dumps_bytes(message_wire(outcome))
        self._answer(waiting, message)
        if outcome.is_new and outcome.id not in told:
            told.add(outcome.id)
            broadcasts.message_created(outcome.conversation_id, outcome.version, message, waiting.reply.socket.sid)

    def _answer(self, waiting: _Waiting, answer: bytes | ChatError) -> None:
        if waiting.is_settled:
            return
        waiting.is_settled = True
        waiting.reply.socket.end()
        if isinstance(answer, bytes):
            waiting.reply.ok(b'"message":' + answer)
        else:
            waiting.reply.refuse(answer)

    def _give_up_in_time(self) -> None:
        """Answer those whose time is up, whatever the writer is waiting for."""
        waiting = self._unsettled
        try:
            while waiting:
                present = time.monotonic()
                while waiting and (waiting[0].is_settled or waiting[0].deadline <= present):
                    self._answer(waiting.popleft(), unavailable())
                socketio.sleep(_LOOK_SECONDS)
        finally:
            self._is_looking = False


outgoing = Outgoing()
