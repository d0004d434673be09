"""Deleting messages: they keep their place, can be restored for a while, and after that their text is gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete as delete_rows
from sqlalchemy import select, update

from chatapp.chat.message_change import MessageChange, changing
from chatapp.chat.message_views import wire_of
from chatapp.extensions import db
from chatapp.files import attachments
from chatapp.lib.clock import now
from chatapp.lib.errors import ChatError
from chatapp.models import Deletion, Message
from chatapp.models.transaction import write

# Whoever presses Undo at the last moment is heard, though it takes a while to get here.
_ON_THE_WAY = timedelta(seconds=5)
_PURGED_AT_ONCE = 500


def delete(user_id: int, message_id: int) -> dict[str, Any]:
    """Delete one's own message; the message as it is then. One that is deleted already stays so."""
    with changing(user_id, message_id) as change:
        message = _own(change, user_id)
        if message.deleted_at is None:
            change.stamp()
            message.deleted_at = now()
            patience = timedelta(seconds=current_app.config["UNDO_SECONDS"])
            db.session.add(Deletion(message_id=message.id, purge_at=message.deleted_at + patience + _ON_THE_WAY))
    return wire_of(message)


def restore(user_id: int, message_id: int) -> dict[str, Any]:
    """Undo that; the message as it is then. ``conflict`` once its text is gone."""
    with changing(user_id, message_id) as change:
        message = _own(change, user_id)
        if message.deleted_at is not None:
            deletion = db.session.get(Deletion, message_id, with_for_update=True)
            if deletion is None or deletion.purge_at <= now():
                raise ChatError("conflict", "It is too late to undo this: the text is gone.")
            change.stamp()
            message.deleted_at = None
            db.session.delete(deletion)
    return wire_of(message)


def purge_due() -> None:
    """Remove the text and the files of what was deleted and can be restored no more."""
    due = select(Deletion.message_id).where(Deletion.purge_at <= now()).limit(_PURGED_AT_ONCE)
    if db.session.scalar(due.limit(1)) is None:
        return
    with write():
        message_ids = list(db.session.scalars(due.with_for_update(skip_locked=True)))
        attachments.remove_of_messages(message_ids)
        quietly = {"synchronize_session": False}
        emptied = update(Message).where(Message.id.in_(message_ids)).values(body="", attachment_count=0)
        db.session.execute(emptied, execution_options=quietly)
        purged = delete_rows(Deletion).where(Deletion.message_id.in_(message_ids))
        db.session.execute(purged, execution_options=quietly)


def _own(change: MessageChange, user_id: int) -> Message:
    message = change.message
    if message.kind != "text" or message.sender_id != user_id:
        raise ChatError("forbidden", "Only one's own messages can be deleted.")
    return message
