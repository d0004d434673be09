"""The shapes that go over the wire, as docs/protocol.md has them."""

from __future__ import annotations

from typing import Any

from chatapp.lib.clock import iso


def user_wire(user: Any) -> dict[str, Any]:
    """A person, as everybody may see them. Takes a User or a row with its columns."""
    return {
        "id": user.id,
        "username": user.username,
        "display_name": user.display_name,
        "avatar_url": f"/avatars/{user.id}/{user.avatar_hash}.webp" if user.avatar_hash else None,
    }


def message_wire(message: Any) -> dict[str, Any]:
    """A message. Takes a Message or a row with its columns."""
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
        "attachments": [],
        "reactions": {},
    }
