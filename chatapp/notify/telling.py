"""Whom to tell of what is unread: decided anew at each look, since meanwhile people come, read and go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from flask import current_app
from sqlalchemy import Row

from chatapp.chat.mentions import mentions_of
from chatapp.files import attachments
from chatapp.lib.clock import now
from chatapp.lib.quiet_hours import is_quiet
from chatapp.notify import claims, keys, subscriptions, unread, wording
from chatapp.notify.sender import Push
from chatapp.notify.subscriptions import Subscription
from chatapp.realtime.presence import NOT_CONNECTED, Connections, connections_of

Member = tuple[int, int]  # (conversation, person)


@dataclass(slots=True)
class Debt:
    """Browsers that are still to be told of something that others have been told of: they were connected then, which
    may have been a line that was dead already, or their push service asked for peace."""

    subscription_ids: set[int]
    seconds: float


@dataclass(slots=True)
class Told:
    """What came of a look: pushes to be sent, conversations to be looked at again (in so many seconds), debts."""

    pushes: list[Push]
    again: dict[int, float]
    debts: dict[Member, Debt]


@dataclass(slots=True)
class _Case:
    """A member who is to be told; ``messages`` are those that concern them, newest first."""

    row: Row[Any]
    messages: list[Row[Any]]
    browsers: list[Subscription]
    connected: Connections

    @property
    def member(self) -> Member:
        return self.row.conversation_id, self.row.user_id

    @property
    def seq(self) -> int:
        return int(self.messages[0].seq)

    @property
    def away(self) -> list[Subscription]:
        """The browsers without a page that would tell them itself."""
        return [browser for browser in self.browsers if browser.login_id not in self.connected.login_ids]

    def age(self, moment: datetime) -> float:
        """For how many seconds the first of the messages has been there; machines' clocks may differ."""
        return max(0.0, (moment - self.messages[-1].created_at).total_seconds())

    def waits(self, moment: datetime) -> float:
        """For how many seconds nothing is to be sent yet: while somebody is at one of their pages, the others need
        not ring; and whoever has nothing but connected ones has been told there, if those lines are alive."""
        if not self.away:
            return _line_seconds() - self.age(moment)
        return _delay() - self.age(moment) if self.connected.is_active else 0.0


def tell(conversation_ids: Collection[int]) -> Told:
    """Claim what nobody has told yet in these conversations."""
    moment = now()
    told = Told([], {}, {})
    ready = []
    for case in _cases(unread.members(conversation_ids, unread.untold()), moment, is_told=False):
        if (wait := case.waits(moment)) > 0:
            _look_again(told, case, wait)
        else:
            ready.append(case)
    claimed = claims.claim((*case.member, case.seq) for case in ready)
    for case in ready:
        if case.member not in claimed:
            # Another worker's; or its row was locked just then, and then the next look finds it again.
            _look_again(told, case, current_app.config["PUSH_ROUND_SECONDS"])
    mine = [case for case in ready if case.member in claimed]
    for case in mine:
        connected = {browser.id for browser in case.browsers} - {browser.id for browser in case.away}
        if connected and (wait := _line_seconds() - case.age(moment)) > 0:
            told.debts[case.member] = Debt(connected, wait)
    _write(told, [(case, case.away) for case in mine], moment)
    return told


def tell_late(debts: dict[Member, set[int]]) -> Told:
    """Tell these browsers of what is still unread."""
    moment = now()
    told = Told([], {}, {})
    chosen = []
    rows = unread.members({member[0] for member in debts}, unread.told())
    for case in _cases([row for row in rows if (row.conversation_id, row.user_id) in debts], moment, is_told=True):
        chosen.append((case, [browser for browser in case.away if browser.id in debts[case.member]]))
    _write(told, chosen, moment)
    return told


def _cases(rows: Sequence[Row[Any]], moment: datetime, *, is_told: bool) -> list[_Case]:
    rows = [row for row in rows if not is_quiet(moment, row.time_zone, row.quiet_from, row.quiet_until)]
    if not rows:
        return []
    floors: dict[int, int] = {}
    for row in rows:
        floors[row.conversation_id] = min(_floor(row, is_told), floors.get(row.conversation_id, _floor(row, is_told)))
    texts = unread.texts(floors)
    user_ids = {row.user_id for row in rows}
    browsers, connections = subscriptions.live_of(user_ids), connections_of(user_ids)
    cases = []
    for row in rows:
        concerning = _concerning(row, texts[row.conversation_id], _floor(row, is_told))
        if concerning and browsers[row.user_id]:
            connected = connections.get(row.user_id, NOT_CONNECTED)
            cases.append(_Case(row, concerning, browsers[row.user_id], connected))
    return cases


def _floor(row: Row[Any], is_told: bool) -> int:
    return max(row.last_read_seq, row.visible_from_seq - 1, 0 if is_told else row.notified_seq or 0)


def _concerning(row: Row[Any], messages: Iterable[Row[Any]], floor: int) -> list[Row[Any]]:
    others = [message for message in messages if message.seq > floor and message.sender_id != row.user_id]
    if row.notify == "mentions":
        return [message for message in others if row.username.lower() in mentions_of(message.body)]
    return others


def _write(told: Told, chosen: Sequence[tuple[_Case, Sequence[Subscription]]], moment: datetime) -> None:
    chosen = [(case, browsers) for case, browsers in chosen if browsers]
    if not chosen:
        return
    counts = unread.counts({case.member for case, _ in chosen})
    totals = unread.totals({case.row.user_id for case, _ in chosen})
    secret = keys.topic_secret()
    for case, browsers in chosen:
        payload = _payload(case, counts.get(case.member, 1), totals.get(case.row.user_id, 1))
        topic = wording.topic(secret, case.row.user_id, case.row.conversation_id)
        for browser in browsers:
            if browser.paused_until and browser.paused_until > moment:
                _owe(told, case.member, browser, (browser.paused_until - moment).total_seconds())
                continue
            is_wanted = partial(_is_wanted, browser, *case.member, case.seq)
            told.pushes.append(Push(browser, payload, topic, is_urgent=True, is_wanted=is_wanted, member=case.member))


def _payload(case: _Case, count: int, total: int) -> dict[str, Any]:
    row, newest = case.row, case.messages[0]
    shows_text = current_app.config["PUSH_TEXT"] and row.push_shows_text
    return {
        "type": "message",
        "user_id": row.user_id,
        "conversation_id": row.conversation_id,
        "seq": newest.seq,
        "title": wording.title(newest.display_name, row.kind, row.title, row.member_count),
        "body": _words(newest) if shows_text else wording.NO_TEXT,
        "url": f"/chat/{row.conversation_id}/{newest.seq}",
        "count": count,
        "unread": total,
    }


def _words(message: Row[Any]) -> str:
    if line := wording.preview(message.body):
        return line
    return wording.of_files(attachments.kinds_and_names(message.id)) or wording.NO_TEXT


def _is_wanted(browser: Subscription, conversation_id: int, user_id: int, seq: int) -> bool:
    return subscriptions.is_live(browser.id) and unread.is_unread(conversation_id, user_id, seq)


def _owe(told: Told, member: Member, browser: Subscription, seconds: float) -> None:
    debt = told.debts.setdefault(member, Debt(set(), seconds))
    debt.subscription_ids.add(browser.id)
    debt.seconds = min(debt.seconds, seconds)


def _look_again(told: Told, case: _Case, seconds: float) -> None:
    conversation_id = case.row.conversation_id
    told.again[conversation_id] = min(seconds, told.again.get(conversation_id, seconds))


def _delay() -> float:
    return float(current_app.config["PUSH_ACTIVE_DELAY_SECONDS"])


def _line_seconds() -> float:
    """Who is still connected after so long was there: a dead line has been noticed by then."""
    return float(current_app.config["PING_INTERVAL_SECONDS"] + current_app.config["PING_TIMEOUT_SECONDS"])
