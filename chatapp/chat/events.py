"""The Socket.IO namespace ``/chat``: every event that a browser can send."""

from __future__ import annotations

from typing import Any, ClassVar

from chatapp.auth import preferences
from chatapp.chat import conversation_lists, people
from chatapp.chat.messages import Draft
from chatapp.chat.outgoing import outgoing
from chatapp.chat.read_marks import Mark, read_marks
from chatapp.chat.schemas import MessageCreate, ReadMark, Sync, UnreadMark
from chatapp.extensions import db, throttle
from chatapp.lib.errors import rate_limited
from chatapp.models import Membership, User
from chatapp.realtime import rooms
from chatapp.realtime.namespace import GuardedNamespace, Reply
from chatapp.realtime.sockets import Socket


class ChatNamespace(GuardedNamespace):
    """``connected``, then the commands: ``message_create``, ``read_mark``, ``unread_mark``, ``sync``."""

    WITHOUT_CONTEXT: ClassVar[set[str]] = {"message_create", "read_mark", "unread_mark"}

    def connected(self, socket: Socket) -> None:
        """Join the rooms of one's conversations; the browser reads its snapshot only after this."""
        for columns in Membership.conversations_of(socket.user_id):
            rooms.join(socket, rooms.Place(*columns))
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
            login_id=socket.login_id,
        )
        outgoing.post(draft, reply)

    def command_read_mark(self, socket: Socket, data: dict[str, Any], reply: Reply) -> None:
        """Move one's own read mark forward."""
        mark = ReadMark.model_validate(data)
        read_marks.post(Mark(socket.user_id, mark.conversation_id, mark.seq), reply)

    def command_unread_mark(self, socket: Socket, data: dict[str, Any], reply: Reply) -> None:
        """Set one's own read mark back to before a message."""
        mark = UnreadMark.model_validate(data)
        read_marks.post(Mark(socket.user_id, mark.conversation_id, mark.seq, back=True), reply)

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
        return {**missed, "user_id": socket.user_id}
