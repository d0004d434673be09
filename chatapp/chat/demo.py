"""Demo content: people who talk, for looking at the chat and for screenshots. Seeded, so it is the same each time."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import timedelta

from chatapp.auth import accounts
from chatapp.chat import conversations, groups, messages, read_marks
from chatapp.chat.demo_lines import GROUP, GROUP_LINES, LINES, PEOPLE
from chatapp.chat.messages import Draft
from chatapp.chat.read_marks import Mark
from chatapp.extensions import db
from chatapp.lib.chunks import chunks
from chatapp.lib.clock import now
from chatapp.models import Message, User
from chatapp.models.transaction import write

# How many messages the viewer has not read, by the partner's place in the list.
_UNREAD = (3, 0, 1, 0, 0, 2, 0)
_GROUP_UNREAD = 4
VIEWER = "robin"
PASSPHRASE = "demo harbour lantern"  # noqa: S105 (for a demo, and printed by it)


@dataclass(slots=True)
class Made:
    """What ``fill`` made."""

    people: int
    messages: int


def fill(message_count: int) -> Made:
    """Make the people that are missing, ``message_count`` messages between the viewer and some of them, and a group
    where there is none yet."""
    viewer = _person(VIEWER, "Robin Okafor")
    others = [_person(username, name) for username, name in PEOPLE]
    chooser = random.Random(7)  # noqa: S311 (seeded, so that the demo looks the same each time)
    partners = others[:7]
    shares = [0.46, 0.2, 0.12, 0.09, 0.06, 0.04, 0.03]
    made = 0
    for partner, share in reversed(list(zip(partners, shares, strict=True))):
        made += _talk(chooser, viewer, partner, max(2, int(message_count * share)), partners.index(partner))
    made += _talk_in_group(viewer, {user.username: user for user in (viewer, *others)})
    return Made(len(others) + 1, made)


def _person(username: str, display_name: str) -> User:
    return User.by_username(username) or accounts.create(username, PASSPHRASE, display_name)


def _talk(chooser: random.Random, viewer: User, partner: User, count: int, place: int) -> int:
    conversation, _ = conversations.open_direct(viewer.id, partner.id)
    moments = [now() - timedelta(hours=3.5 * place)]
    for _ in range(count - 1):
        pause = chooser.choice((0.3, 0.5, 1, 2, 4, 30, 200)) * chooser.uniform(0.5, 1.5)
        moments.append(moments[-1] - timedelta(minutes=pause))
    unread = min(_UNREAD[place], count)
    sender, drafts = partner, []
    for index, moment in enumerate(reversed(moments)):
        if chooser.random() < 0.7:
            sender = viewer if sender is partner else partner
        sender = partner if index >= count - unread else sender
        line = LINES[(index + 5 * place - count) % len(LINES)]
        drafts.append(Draft(conversation["id"], sender.id, str(uuid.uuid4()), line, created_at=moment))
    for chunk in chunks(drafts, 500):
        messages.save(chunk)
    read_marks.save([Mark(viewer.id, conversation["id"], conversation["last_seq"] + count - unread)])
    return count


def _talk_in_group(viewer: User, people: dict[str, User]) -> int:
    """A group that was made yesterday and has talked again today; how many messages that made."""
    members = {people[username].id for username, _ in GROUP_LINES}
    # A key that stays the same: whoever fills in the demo again finds the group there.
    group, is_new = groups.create(viewer.id, members, GROUP, str(uuid.uuid5(uuid.NAMESPACE_DNS, VIEWER)))
    if not is_new:
        return 0
    began, half = now() - timedelta(days=1, minutes=25), len(GROUP_LINES) // 2
    with write():
        made = db.session.scalars(db.select(Message).where(Message.conversation_id == group["id"])).one()
        made.created_at = began
    drafts = []
    for place, (username, line) in enumerate(GROUP_LINES, 1):
        moment = began + timedelta(minutes=2 * place)
        if place > half:
            moment = now() - timedelta(minutes=3 * (len(GROUP_LINES) - place) + 1)
        drafts.append(Draft(group["id"], people[username].id, str(uuid.uuid4()), line, created_at=moment))
    messages.save(drafts)
    read_marks.save([Mark(viewer.id, group["id"], group["last_seq"] + len(drafts) - _GROUP_UNREAD)])
    return len(drafts)
