"""The rounds in which it is looked whom to tell: every second, where anything has happened; and a slower one that
finds what a process that died was about to tell."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import timedelta

from flask import Flask, current_app

from chatapp.chat import news
from chatapp.extensions import socketio
from chatapp.lib.chunks import chunks
from chatapp.lib.clock import now
from chatapp.notify import keys, subscriptions, telling, unread
from chatapp.notify.sender import Push, Sender
from chatapp.notify.telling import Member, Told
from chatapp.notify.withdrawing import withdraw
from chatapp.realtime import watch

log = logging.getLogger(__name__)
_CHUNK = 100
# Between two of many, so that others get their turn.
_BREATH_SECONDS = 0.02
_RECENT_MAX = 2000
_DEBTS_MAX = 10_000


class Notifier:
    """One for each process."""

    def __init__(self) -> None:
        self.sender = Sender(self._put_off)
        self._due: dict[int, float] = {}  # conversation -> when it is to be looked at
        self._debts: dict[Member, tuple[float, set[int]]] = {}  # when these browsers are to be told

    def init_app(self, app: Flask) -> None:
        """Take the settings."""
        self.sender.init_app(app)

    def start(self, app: Flask) -> None:
        """Start the rounds; they end with the process."""
        watch.every(app, app.config["PUSH_ROUND_SECONDS"], self.look)
        watch.every(app, app.config["PUSH_SLOW_ROUND_SECONDS"], self.look_back)

    def look(self) -> None:
        """One round. Where nothing has happened it asks the database nothing."""
        taken = news.take()
        present = time.monotonic()
        for conversation_id in taken.written:
            self._due[conversation_id] = present
        due = [conversation_id for conversation_id, moment in self._due.items() if moment <= present]
        for conversation_id in due:
            del self._due[conversation_id]
        owed = {member: ids for member, (moment, ids) in self._debts.items() if moment <= present}
        for member in owed:
            del self._debts[member]
        if not (taken.read or due or owed) or not subscriptions.are_any():
            return
        for pairs in chunks(list(taken.read), _CHUNK):
            self._send(withdraw(set(pairs)))
        for ids in chunks(due, _CHUNK):
            self._take(telling.tell(ids))
            socketio.sleep(_BREATH_SECONDS)
        for members in chunks(list(owed), _CHUNK):
            self._take(telling.tell_late({member: owed[member] for member in members}))

    def look_back(self) -> None:
        """The slower round: what is unread for some minutes at most, and that nobody has told of.

        The first one ever makes the server's keys, so that nobody's question has to.
        """
        keys.make()
        subscriptions.drop_ended()
        if not subscriptions.are_any():
            return
        since = now() - timedelta(seconds=current_app.config["PUSH_LOOK_BACK_SECONDS"])
        for ids in chunks(unread.recent(since, _RECENT_MAX), _CHUNK):
            self._take(telling.tell(ids))
            socketio.sleep(_BREATH_SECONDS)

    def _take(self, told: Told) -> None:
        present = time.monotonic()
        self._send(told.pushes)
        for conversation_id, seconds in told.again.items():
            due = present + seconds
            self._due[conversation_id] = min(due, self._due.get(conversation_id, due))
        for member, debt in told.debts.items():
            self._owe(member, debt.subscription_ids, present + debt.seconds)

    def _send(self, pushes: Iterable[Push]) -> None:
        for push in pushes:
            self.sender.put(push)

    def _put_off(self, push: Push, seconds: float) -> None:
        if push.member is not None:
            self._owe(push.member, {push.subscription.id}, time.monotonic() + seconds)

    def _owe(self, member: Member, subscription_ids: set[int], due: float) -> None:
        """Of one member's browsers the first one's time is taken: for the others it is too early then, and they are
        owed again."""
        earlier, ids = self._debts.pop(member, (due, set()))
        self._debts[member] = (min(due, earlier), ids | subscription_ids)
        if len(self._debts) > _DEBTS_MAX:
            del self._debts[next(iter(self._debts))]


notifier = Notifier()
