"""The shapes that go over the wire, as docs/protocol.md has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from chatapp.lib.clock import iso


def user_wire(user: Any) -> dict[str, Any]:
    """A person, as everybody may see them. Takes a User or a row with its columns."""
    return {
        "id": user.id,
        "username": user.username,
        "display_name": user.display_name,
        "avatar_url": f"/avatars/{user.id}/{user.avatar_hash}.webp" if user.avatar_hash else None,
    }


def attachment_wire(attachment: Any) -> dict[str, Any]:
    """A file. Takes an Attachment or a row with its columns."""
    has_thumbnail = attachment.thumbnail_size is not None
    return {
        "id": attachment.id,
        "name": attachment.name,
        "size": attachment.size,
        "content_type": attachment.content_type,
        "url": f"/files/{attachment.key}/{quote(attachment.name, safe='')}",
        "thumbnail_url": f"/files/{attachment.key}/thumbnail.webp" if has_thumbnail else None,
        "width": attachment.width,
        "height": attachment.height,
        "kind": attachment.kind,
        "is_animated": bool(attachment.is_animated),
    }


def message_wire(message: Any, attachments: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """A message. Takes a Message or a row with its columns, and its files as they go over the wire."""
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "seq": message.seq,
        "version": message.version,
        "kind": message.kind,
        "client_id": message.client_id,
        "sender_id": message.sender_id,
        "body": "" if message.deleted_at else message.body,
        "created_at": iso(message.created_at),
        "edited_at": iso(message.edited_at),
        "deleted_at": iso(message.deleted_at),
        "reply_to_seq": message.reply_to_seq,
        "attachments": [] if message.deleted_at else list(attachments),
        "reactions": {},
    }
