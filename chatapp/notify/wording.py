"""What a push says, and by what name a push service knows of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from chatapp.lib import base64url

# Encrypted, a push may have 4,096 bytes in all; of these many characters none takes more than six.
PREVIEW_CHARS = 200
NO_TEXT = "New message"
_OF_KIND = {"image": ("picture", "pictures"), "video": ("video", "videos"), "audio": ("recording", "recordings")}


def preview(body: str) -> str:
    """The beginning of a message, in one line."""
    text = "".join(character if character.isprintable() else " " for character in body[: 4 * PREVIEW_CHARS])
    line = " ".join(text.split())
    return line if len(line) <= PREVIEW_CHARS else line[: PREVIEW_CHARS - 1].rstrip() + "…"


def of_files(files: Sequence[tuple[str, str]]) -> str:
    """What a message without text is, from the kinds and names of its files; as in static/js/lib/attachments.js."""
    if not files:
        return ""
    kind, name = files[0]
    one, many = _OF_KIND.get(kind, ("", "files")) if all(file[0] == kind for file in files) else ("", "files")
    if len(files) > 1:
        return f"sent {len(files)} {many}"
    return f"sent a {one}" if one else preview(f"sent a file: {name}")


def title(sender: str, kind: str, group: str | None, member_count: int) -> str:
    """Who speaks, and where."""
    if kind == "direct":
        return sender
    return f"{sender} in {group}" if group else f"{sender} in a group of {member_count}"


def topic(secret: bytes, user_id: int, conversation_id: int) -> str:
    """The same for all that is said of one conversation to one person, which tells a push service no more than that.

    24 characters of base64url, of which it may have 32 (RFC 8030).
    """
    digest = hashlib.blake2b(f"{user_id}:{conversation_id}".encode(), key=secret, digest_size=18)
    return base64url.encode(digest.digest())
