"""The Socket.IO namespace ``/chat``: every event that a browser can send."""

from __future__ import annotations

from typing import Any, ClassVar

from chatapp.auth import preferences
from chatapp.chat import conversation_lists, deletions, people
from chatapp.chat.messages import Draft
from chatapp.chat.outgoing import outgoing
from chatapp.chat.read_marks import Mark, read_marks
from chatapp.chat.schemas import (
    MessageCreate,
    MessageRef,
    PresenceSet,
    PresenceWatch,
    ReadMark,
    Sync,
    Typing,
    UnreadMark,
)
from chatapp.extensions import db, throttle
from chatapp.lib.errors import rate_limited
from chatapp.lib.orjson_codec import dumps_bytes
from chatapp.models import Membership, User
from chatapp.realtime import presence, presence_here, rooms, sockets, typing
from chatapp.realtime.namespace import GuardedNamespace, Reply
from chatapp.realtime.sockets import Socket


class ChatNamespace(GuardedNamespace):
    """``connected``, then the commands, one for each event of docs/protocol.md."""

    WITHOUT_CONTEXT: ClassVar[set[str]] = {
        *("message_create", "read_mark", "unread_mark", "presence_set", "presence_watch", "typing"),
    }

    def connected(self, socket: Socket) -> None:
        """Join the rooms of one's conversations; the browser reads its snapshot only after this."""
        for columns in Membership.conversations_of(socket.user_id):
            rooms.join(socket, rooms.Place(*columns))
        db.session.commit()  # nobody keeps a database connection while Redis takes its time
        rooms.wait_until_heard(socket)

    def command_message_create(self, socket: Socket, data: dict[str, Any], reply: Reply) -> None:
        """Save a message; the writer acks it after the commit."""
        if wait := throttle.hit("message_create", socket.user_id):
            raise rate_limited(wait)
        message = MessageCreate.model_validate(data)
        draft = Draft(
            conversation_id=message.conversation_id,
            sender_id=socket.user_id,
            client_id=message.client_id,
            body=message.body,
            reply_to_seq=message.reply_to_seq,
            attachment_ids=tuple(message.attachment_ids),
            login_id=socket.login_id,
        )
        outgoing.post(draft, reply)

    def command_message_delete(self, socket: Socket, data: dict[str, Any], _reply: Reply) -> dict[str, Any]:
        """Delete one's own message; for a while it can be restored."""
        return {"message": deletions.delete(socket.user_id, _message_to_change(socket, data))}

    def command_message_restore(self, socket: Socket, data: dict[str, Any], _reply: Reply) -> dict[str, Any]:
        """Undo that."""
        return {"message": deletions.restore(socket.user_id, _message_to_change(socket, data))}

    def command_read_mark(self, socket: Socket, data: dict[str, Any], reply: Reply) -> None:
        """Move one's own read mark forward."""
        mark = ReadMark.model_validate(data)
        read_marks.post(Mark(socket.user_id, mark.conversation_id, mark.seq), reply)

    def command_unread_mark(self, socket: Socket, data: dict[str, Any], reply: Reply) -> None:
        """Set one's own read mark back to before a message."""
        mark = UnreadMark.model_validate(data)
        read_marks.post(Mark(socket.user_id, mark.conversation_id, mark.seq, back=True), reply)

    def command_presence_set(self, socket: Socket, data: dict[str, Any], _reply: Reply) -> dict[str, Any]:
        """Whether somebody sits before this page."""
        _count("presence_set", socket)
        is_away = PresenceSet.model_validate(data).is_away
        presence_here.set_away(socket, is_away=is_away)
        return {}

    def command_presence_watch(self, socket: Socket, data: dict[str, Any], reply: Reply) -> None:
        """Be told of these people from here on, in the place of those before."""
        _count("presence_watch", socket)
        user_ids = PresenceWatch.model_validate(data).user_ids
        if sockets.get(socket.sid) is socket:  # it may have gone while its sends were waited for
            presence.watch(socket, user_ids, lambda found: reply.ok(dumps_bytes(found)[1:-1]))

    def command_typing(self, socket: Socket, data: dict[str, Any], _reply: Reply) -> dict[str, Any]:
        """Tell the others that one is writing, or no longer."""
        _count("typing", socket)
        word = Typing.model_validate(data)
        typing.say(self.app, socket, word.conversation_id, is_on=word.on)
        return {}

    def command_sync(self, socket: Socket, data: dict[str, Any], _reply: Reply) -> dict[str, Any]:
        """What was missed while away."""
        if wait := throttle.hit("sync", socket.user_id):
            raise rate_limited(wait)
        sync = Sync.model_validate(data)
        known = {int(conversation_id): version for conversation_id, version in sync.cursors.items()}
        account = preferences.of(db.session.get_one(User, socket.user_id))
        missed = {**conversation_lists.changed_since(socket.user_id, known), "account": account}
        if sync.newest_user_id is not None:
            missed |= people.added_since(socket.user_id, sync.newest_user_id)
        if sync.newest_change_id is not None:
            missed |= people.changed_since(sync.newest_change_id)
        return {**missed, "user_id": socket.user_id}


def _message_to_change(socket: Socket, data: dict[str, Any]) -> int:
    _count("message_change", socket)
    return MessageRef.model_validate(data).message_id


def _count(limit: str, socket: Socket) -> None:
    if wait := throttle.hit(limit, socket.user_id):
        raise rate_limited(wait)
