"""Push subscriptions: kept, taken over, given up, and what their push services say of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from chatapp.extensions import db
from chatapp.lib.clock import now
from chatapp.lib.errors import ChatError
from chatapp.models import Login, PushSubscription, User
from chatapp.models.login import idle_since, oldest_start
from chatapp.models.transaction import locked, write

# After the first failure, and three times as long after each further one.
_PAUSE_SECONDS = 5
_PAUSE_MAX_SECONDS = 6 * 3600


class Subscription(NamedTuple):
    """One browser, as it is sent to."""

    id: int
    user_id: int
    login_id: int
    endpoint: str
    p256dh: str
    auth: str
    failures: int
    paused_until: Any


_COLUMNS = [getattr(PushSubscription, name) for name in Subscription._fields]


def keep(user_id: int, login_id: int, endpoint: str, p256dh: str, auth: str) -> bool:
    """Have a browser reached from now on; whether it is a new one.

    One that is known becomes this log-in's: somebody else has logged in there. Of too many the oldest go.
    """
    for _ in range(2):
        try:
            return _keep(user_id, login_id, endpoint, p256dh, auth)
        except IntegrityError:
            pass  # two tabs at once: the other one was first, so it is known now
    raise ChatError("conflict", "This subscription is being kept by another request. Try again.")


def remove(user_id: int, endpoint: str) -> None:
    """Forget one of a person's own; ``not_found`` for all others."""
    with write():
        mine = (PushSubscription.endpoint_hash == PushSubscription.hash_endpoint(endpoint)) & (
            PushSubscription.user_id == user_id
        )
        gone = db.session.scalars(delete(PushSubscription).where(mine).returning(PushSubscription.id)).all()
    if not gone:
        raise _unknown()


def own(user_id: int, endpoint: str) -> Subscription:
    """One of a person's own; ``not_found`` for all others."""
    by_hash = PushSubscription.endpoint_hash == PushSubscription.hash_endpoint(endpoint)
    found = _subscriptions(by_hash, PushSubscription.user_id == user_id)
    if not found:
        raise _unknown()
    return found[0]


def live_of(user_ids: Collection[int]) -> defaultdict[int, list[Subscription]]:
    """Of these people, by person, those whose log-in has not ended."""
    found: defaultdict[int, list[Subscription]] = defaultdict(list)
    for subscription in _subscriptions(PushSubscription.user_id.in_(user_ids)) if user_ids else ():
        found[subscription.user_id].append(subscription)
    return found


def is_live(subscription_id: int) -> bool:
    """Whether it is still there, and its log-in, too."""
    return bool(_subscriptions(PushSubscription.id == subscription_id))


def are_any() -> bool:
    """Whether anybody at all is to be reached."""
    return db.session.scalar(select(PushSubscription.id).limit(1)) is not None


def is_live_login() -> ColumnElement[bool]:
    """For a statement that joins Login: it has neither been ended nor run out."""
    return and_(Login.ended_at.is_(None), Login.last_used_at >= idle_since(), Login.created_at >= oldest_start())


def drop_ended() -> None:
    """Forget those whose log-in has ended."""
    ended = select(PushSubscription.id).join(Login, Login.id == PushSubscription.login_id).where(~is_live_login())
    ids = db.session.scalars(ended.limit(1000)).all()
    if ids:
        with write():
            db.session.execute(delete(PushSubscription).where(PushSubscription.id.in_(ids)))


# What the push services say


def accepted(subscription: Subscription) -> None:
    """It was taken: earlier failures are forgotten."""
    if subscription.failures or subscription.paused_until:
        _set(subscription, failures=0, paused_until=None)


def gone(subscription: Subscription) -> None:
    """It is no more."""
    with write():
        db.session.execute(delete(PushSubscription).where(PushSubscription.id == subscription.id))


def pause(subscription: Subscription, seconds: float) -> float:
    """The service asks for peace; returns for how many seconds, which is at least one."""
    seconds = max(seconds, 1.0)
    _set(subscription, paused_until=now() + timedelta(seconds=seconds))
    return seconds


def failed(subscription: Subscription, *, is_answer: bool) -> float | None:
    """It did not work; the seconds until it may be tried again, or None when it was given up.

    A service that gives no answer is no reason to give up a browser: then it is the network that is broken, for all.
    """
    failures = subscription.failures + 1
    most = current_app.config["PUSH_FAILURES_MAX"]
    if failures >= most:
        if is_answer:
            gone(subscription)
            return None
        failures = most - 1
    pause_seconds = min(_PAUSE_SECONDS * 3.0 ** (failures - 1), _PAUSE_MAX_SECONDS)
    _set(subscription, failures=failures, paused_until=now() + timedelta(seconds=pause_seconds))
    return pause_seconds


def counts() -> dict[str, int]:
    """For the operator: how many there are, and how many of them have trouble."""
    total, people, failing, paused = db.session.execute(
        select(
            func.count(),
            func.count(PushSubscription.user_id.distinct()),
            func.count().filter(PushSubscription.failures > 0),
            func.count().filter(PushSubscription.paused_until > now()),
        ).select_from(PushSubscription)
    ).one()
    return {"subscriptions": total, "people": people, "failing": failing, "paused": paused}


def _keep(user_id: int, login_id: int, endpoint: str, p256dh: str, auth: str) -> bool:
    endpoint_hash = PushSubscription.hash_endpoint(endpoint)
    with write():
        locked(db.session.get_one(User, user_id))  # of several at once, each sees how many there are
        known = db.session.scalar(select(PushSubscription).where(PushSubscription.endpoint_hash == endpoint_hash))
        row = known or PushSubscription(endpoint=endpoint, endpoint_hash=endpoint_hash)
        if known is None or (known.user_id, known.p256dh) != (user_id, p256dh):
            row.failures, row.paused_until = 0, None
        row.user_id, row.login_id, row.p256dh, row.auth = user_id, login_id, p256dh, auth
        db.session.add(row)
        db.session.flush()
        for condition, most in (
            (PushSubscription.login_id == login_id, current_app.config["PUSH_PER_LOGIN_MAX"]),
            (PushSubscription.user_id == user_id, current_app.config["PUSH_PER_PERSON_MAX"]),
        ):
            newest_first = select(PushSubscription.id).where(condition, PushSubscription.id != row.id)
            oldest = db.session.scalars(newest_first.order_by(PushSubscription.id.desc()).offset(most - 1)).all()
            db.session.execute(delete(PushSubscription).where(PushSubscription.id.in_(oldest)))
    return known is None


def _subscriptions(*conditions: ColumnElement[bool]) -> list[Subscription]:
    rows: Sequence[Any] = db.session.execute(
        select(*_COLUMNS)
        .join(Login, Login.id == PushSubscription.login_id)
        .where(is_live_login(), *conditions)
        .order_by(PushSubscription.id)
    ).all()
    return [Subscription(*row) for row in rows]


def _set(subscription: Subscription, **values: Any) -> None:
    with write():
        db.session.execute(
            update(PushSubscription).where(PushSubscription.id == subscription.id).values(**values),
            execution_options={"synchronize_session": False},
        )


def _unknown() -> ChatError:
    return ChatError("not_found", "There is no such subscription of yours.")
