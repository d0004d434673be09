"""One change of a message that is there: its lock, its version, and who is told of it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exists, select

from chatapp.chat.message_views import wire_of
from chatapp.extensions import db
from chatapp.lib.clock import now
from chatapp.lib.errors import ChatError
from chatapp.lib.orjson_codec import dumps_bytes
from chatapp.models import Conversation, Membership, Message
from chatapp.models.conversation import slot_of
from chatapp.models.transaction import write
from chatapp.realtime import broadcasts
from chatapp.realtime.rooms import Place


class MessageChange:
    """What is done to a message whose conversation is locked, by one who may see it."""

    def __init__(self, conversation: Conversation, message: Message) -> None:
        self.conversation = conversation
        self.message = message
        self._is_changed = False

    def stamp(self) -> None:
        """It takes the conversation's next version, which is looked for like any other where word of it is lost."""
        self.conversation.version += 1
        self.conversation.active_slot = slot_of(now())
        self.message.version = self.conversation.version
        self._is_changed = True

    def tell(self) -> None:
        """After the commit. Where somebody may not see so far back, everybody asks for the change instead."""
        if not self._is_changed:
            return
        conversation, message = self.conversation, self.message
        place = Place(conversation.id, message.version, conversation.members_version)
        if _is_hidden_from_some(message):
            broadcasts.conversation_moved(place)
        else:
            broadcasts.message_changed(place, dumps_bytes(wire_of(message)))


@contextmanager
def changing(user_id: int, message_id: int) -> Iterator[MessageChange]:
    """Lock a message for one who may see it, change it, commit, tell. ``not_found`` for all others."""
    of_conversation = select(Message.conversation_id).where(Message.id == message_id)
    conversation_id = db.session.scalar(of_conversation)
    if conversation_id is None:
        raise _not_found()
    with write():
        conversation = db.session.get_one(Conversation, conversation_id, with_for_update={"key_share": True})
        membership = Membership.current(conversation_id, user_id)
        message = db.session.get_one(Message, message_id)
        if membership is None or message.seq < membership.visible_from_seq:
            raise _not_found()
        change = MessageChange(conversation, message)
        yield change
    change.tell()


def _is_hidden_from_some(message: Message) -> bool:
    newcomers = exists().where(
        Membership.conversation_id == message.conversation_id,
        Membership.left_at.is_(None),
        Membership.visible_from_seq > message.seq,
    )
    return bool(db.session.scalar(select(newcomers)))


def _not_found() -> ChatError:
    return ChatError("not_found", "There is no such message.")
