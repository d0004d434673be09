"""Taking back what pushes told, once it has been read elsewhere."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from chatapp.notify import claims, keys, subscriptions, unread, wording
from chatapp.notify.sender import Push
from chatapp.notify.services import is_apple
from chatapp.realtime.presence import NOT_CONNECTED, connections_of


def withdraw(pairs: Collection[tuple[int, int]]) -> list[Push]:
    """Of (conversation, person) whose read mark has moved: the pushes that take back what was told before."""
    read = {
        conversation_id: claims.claim_read(conversation_id, user_ids)
        for conversation_id, user_ids in unread.standing(pairs).items()
    }
    user_ids = {user_id for places in read.values() for user_id in places}
    browsers = subscriptions.live_of(user_ids)
    if not browsers:
        return []
    totals, connections = unread.totals(user_ids), connections_of(user_ids)
    secret = keys.topic_secret()
    pushes = []
    for conversation_id, places in read.items():
        for user_id, seq in places.items():
            total = totals.get(user_id, 0)
            payload = {
                "type": "read",
                "user_id": user_id,
                "conversation_id": conversation_id,
                "seq": seq,
                "unread": total,
            }
            topic = wording.topic(secret, user_id, conversation_id)
            connected = connections.get(user_id, NOT_CONNECTED).login_ids
            for browser in browsers[user_id]:
                # Connected pages see to it themselves. Safari takes the permission away from who sends pushes that
                # show nothing, so there it stands until it is looked at.
                if browser.login_id not in connected and not is_apple(browser.endpoint):
                    is_live = partial(subscriptions.is_live, browser.id)
                    pushes.append(Push(browser, payload, topic, is_urgent=False, is_wanted=is_live))
    return pushes
