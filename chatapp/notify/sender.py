"""Pushes on their way out: a bounded queue and a few senders, so that a slow push service slows nothing else."""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from chatapp.extensions import db, socketio
from chatapp.lib.errors import ChatError
from chatapp.lib.orjson_codec import dumps_bytes
from chatapp.notify import keys, subscriptions
from chatapp.notify.delivery import Answer, Delivery
from chatapp.notify.envelope import Envelopes
from chatapp.notify.services import Place, UnreachableError, place_of
from chatapp.notify.subscriptions import Subscription
from chatapp.notify.wording import NO_TEXT

log = logging.getLogger(__name__)
# Whom a push service may turn to where nothing is known: nobody (RFC 6761).
_NOBODY = "mailto:nobody@chat.invalid"
_MILD = (429, 503)


@dataclass(slots=True, eq=False)
class Push:
    """One push to one browser. A newer one with the same ``topic`` takes the place of one that waits, here and at the
    push service. ``is_wanted`` is asked once more right before it goes. ``member`` is the conversation and the person
    that it tells of something unread, so that it can be told again later."""

    subscription: Subscription
    payload: dict[str, Any]
    topic: str
    is_urgent: bool
    is_wanted: Callable[[], bool]
    member: tuple[int, int] | None = None

    @property
    def key(self) -> tuple[int, str]:
        """What one of each is kept of."""
        return self.subscription.id, self.topic


class Sender:
    """One for each process. ``put_off`` is told of pushes that may be tried again in so many seconds."""

    def __init__(self, put_off: Callable[[Push, float], None]) -> None:
        self._put_off = put_off
        self._waiting: OrderedDict[tuple[int, str], tuple[Place, Push]] = OrderedDict()
        self._busy: Counter[str] = Counter()
        self._dropped = 0
        self._envelopes: Envelopes | None = None

    def init_app(self, app: Flask) -> None:
        """Take the settings."""
        self._app = app
        self._room = app.config["PUSH_QUEUE_MAX"]
        self._senders = app.config["PUSH_SENDERS"]
        # Of these, so many at most for one service: however many stand and wait there, others are served.
        self._per_origin = max(1, self._senders // 2)
        self._delivery = Delivery(app.config["PUSH_TIMEOUT_SECONDS"])

    def put(self, push: Push) -> None:
        """Send it as soon as a sender is free. When too many wait the oldest are dropped."""
        try:
            place = place_of(push.subscription.endpoint, self._app.config["PUSH_SERVICES"])
        except ChatError:
            return  # the operator no longer allows it
        self._waiting.pop(push.key, None)
        while len(self._waiting) >= self._room:
            self._waiting.popitem(last=False)
            self._dropped += 1
        self._waiting[push.key] = (place, push)
        self._employ()

    def _employ(self) -> None:
        while self._busy.total() < self._senders and (found := self._next()):
            place, push = found
            self._busy[place.origin] += 1
            socketio.start_background_task(self._send, place, push)

    def _next(self) -> tuple[Place, Push] | None:
        for key, (place, push) in self._waiting.items():
            if self._busy[place.origin] < self._per_origin:
                del self._waiting[key]
                return place, push
        return None

    def _send(self, place: Place, push: Push) -> None:
        try:
            with self._app.app_context():
                self._deliver(place, push)
        except SQLAlchemyError as error:
            log.warning("push: database away: %s", type(error).__name__)
        except Exception:
            log.exception("a push failed")
        finally:
            self._busy[place.origin] -= 1
            if not self._busy[place.origin]:
                del self._busy[place.origin]
            if self._dropped and not self._waiting:
                log.warning("push: %d dropped, too many were waiting", self._dropped)
                self._dropped = 0
            self._employ()

    def _deliver(self, place: Place, push: Push) -> None:
        if not push.is_wanted():
            return
        try:
            answer = self._request(place, push, push.payload)
            if answer.status == 413 and "body" in push.payload:  # too long for this one
                answer = self._request(place, push, push.payload | {"body": NO_TEXT})
        except UnreachableError as error:
            log.warning("push: no answer: %s", error)
            self._try_again(push, subscriptions.failed(push.subscription, is_answer=False))
            return
        self._settle(place, push, answer)

    def _settle(self, place: Place, push: Push, answer: Answer) -> None:
        subscription, status = push.subscription, answer.status
        if 200 <= status < 300:
            subscriptions.accepted(subscription)
        elif status in (404, 410):
            log.info("push: subscription=%s is gone (%s)", subscription.id, status)
            subscriptions.gone(subscription)
        elif status in _MILD and answer.retry_after is not None:
            self._try_again(push, subscriptions.pause(subscription, answer.retry_after))
        else:
            log.warning("push: %s answered %s subscription=%s", place.host, status, subscription.id)
            self._try_again(push, subscriptions.failed(subscription, is_answer=True))

    def _try_again(self, push: Push, seconds: float | None) -> None:
        if seconds is not None:
            self._put_off(push, seconds)

    def _request(self, place: Place, push: Push, payload: dict[str, Any]) -> Answer:
        if self._envelopes is None:
            self._envelopes = Envelopes(keys.vapid())
        contact = self._app.config["PUSH_CONTACT"] or keys.address() or _NOBODY
        db.session.commit()  # nobody keeps a database connection while a push service thinks
        subscription = push.subscription
        headers, body = self._envelopes.make(place.origin, contact, subscription, dumps_bytes(payload))
        headers |= {
            "TTL": str(self._app.config["PUSH_TTL_SECONDS"]),
            "Urgency": "high" if push.is_urgent else "normal",
            "Topic": push.topic,
        }
        return self._delivery.send(place, headers, body)
