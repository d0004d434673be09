"""Messages on their way to the write path."""

from __future__ import annotations

from collections.abc import Sequence

from chatapp.chat import messages, news
from chatapp.chat.commit_queue import CommitQueue, Waiting
from chatapp.chat.messages import Draft, Outcome, Stored
from chatapp.lib.orjson_codec import dumps_bytes
from chatapp.realtime import broadcasts
from chatapp.realtime.rooms import Place
from chatapp.realtime.wire import message_wire


class Outgoing(CommitQueue[Draft, Stored]):
    """Acks each message once it is saved, and tells the others."""

    def save(self, items: Sequence[Draft]) -> Sequence[Outcome]:
        """The one write path."""
        return messages.save(items)

    def settle(self, waiting: Waiting[Draft], outcome: Stored, told: set[int]) -> None:
        """Ack and broadcast; a retry beside the first try, in one batch, is told once."""
        message = dumps_bytes(message_wire(outcome, outcome.attachments))
        waiting.answer(b'"message":' + message)
        if outcome.is_new and outcome.id not in told:
            told.add(outcome.id)
            place = Place(outcome.conversation_id, outcome.version, outcome.members_version)
            broadcasts.message_created(place, message, waiting.reply.socket.sid)
            news.message_written(outcome.conversation_id)


outgoing = Outgoing()
