"""A queue in front of a write path: what arrives while a commit runs shares the next one."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import Flask

from chatapp.extensions import socketio
from chatapp.lib.errors import ChatError, unavailable
from chatapp.models.transaction import DATABASE_AWAY
from chatapp.realtime.namespace import Reply

log = logging.getLogger(__name__)
# How often it is looked whether something has waited too long.
_LOOK_SECONDS = 0.1

T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True, eq=False)
class Waiting(Generic[T]):
    """What is to be saved, and who is to be told what became of it."""

    item: T
    reply: Reply
    deadline: float
    is_settled: bool = False

    def answer(self, answer: bytes | ChatError) -> None:
        """The ack's fields as JSON, or a refusal; nothing when its time was up."""
        if self.is_settled:
            return
        self.is_settled = True
        self.reply.socket.end()
        if isinstance(answer, bytes):
            self.reply.ok(answer)
        else:
            self.reply.refuse(answer)


class CommitQueue(Generic[T, R]):
    """One for each process. An idle server commits at once. Between two commits of a busy one there is a pause of
    COMMIT_PAUSE_SECONDS: what arrives in it shares the next one, which saves more than it delays.

    The writer answers and broadcasts itself, so nobody waits for a commit but what is to be saved. A single writer
    also means that writes of a kind in one process never fight over the database's locks.
    """

    def __init__(self) -> None:
        self._queue: deque[Waiting[T]] = deque()
        self._unsettled: deque[Waiting[T]] = deque()  # in order of their deadlines
        self._is_writing = False
        self._is_looking = False

    def init_app(self, app: Flask) -> None:
        """Take the limits from the app's settings."""
        self._app = app
        self._patience = app.config["SEND_TIMEOUT_SECONDS"]
        self._room = app.config["SEND_QUEUE_MAX"]
        self._pause = app.config["COMMIT_PAUSE_SECONDS"]

    def save(self, items: Sequence[T]) -> Sequence[R | ChatError | None]:
        """For subclasses: save all in one transaction; an outcome for each, in order; None for what is to be tried
        again with the next ones. Raises when nothing was saved."""
        raise NotImplementedError

    def settle(self, waiting: Waiting[T], outcome: R, told: set[int]) -> None:
        """For subclasses: answer and broadcast what was saved; ``told`` lives as long as the batch."""
        raise NotImplementedError

    def is_idle(self) -> bool:
        """Whether everything has been answered."""
        return not (self._queue or self._is_writing)

    def post(self, item: T, reply: Reply) -> None:
        """Have something saved, answered by ``reply``, and told to whom it concerns.

        Refused with ``unavailable`` when too many wait already, or, after SEND_TIMEOUT_SECONDS, when it is not
        known whether it was saved.
        """
        if len(self._queue) >= self._room:
            raise unavailable()
        waiting = Waiting(item, reply, time.monotonic() + self._patience)
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
                    again = self._save(batch)
                    self._queue.extendleft(reversed(again))  # a later wish of somebody may undo theirs
                    socketio.sleep(self._pause)
        finally:
            self._is_writing = False

    def _save(self, batch: list[Waiting[T]]) -> list[Waiting[T]]:
        """Returns those that are to be tried again."""
        outcomes: Sequence[R | ChatError | None]
        try:
            with self._app.app_context():
                outcomes = self.save([waiting.item for waiting in batch])
        except DATABASE_AWAY as error:
            log.warning("could not save %d: %s", len(batch), type(error).__name__)
            outcomes = [unavailable() for _ in batch]
        except Exception as error:
            if len(batch) > 1:  # one of them is at fault: each gets a transaction of its own
                return [again for waiting in batch for again in self._save([waiting])]
            log.error("could not save: %s", error.__class__.__name__, exc_info=error)
            outcomes = [unavailable()]
        told: set[int] = set()
        unsaved = []
        for waiting, outcome in zip(batch, outcomes, strict=True):
            try:
                if outcome is None:
                    unsaved.append(waiting)
                elif isinstance(outcome, ChatError):
                    waiting.answer(outcome)
                else:
                    self.settle(waiting, outcome, told)
            except Exception:
                # It is saved; whoever misses the ack sends again, whoever misses the broadcast hears ``head``.
                log.exception("an outcome could not be told")
        return unsaved

    def _give_up_in_time(self) -> None:
        """Answer those whose time is up, whatever the writer is waiting for."""
        waiting = self._unsettled
        try:
            while waiting:
                present = time.monotonic()
                while waiting and (waiting[0].is_settled or waiting[0].deadline <= present):
                    waiting.popleft().answer(unavailable())
                socketio.sleep(_LOOK_SECONDS)
        finally:
            self._is_looking = False
