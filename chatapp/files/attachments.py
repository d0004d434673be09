"""Rows of files: whose they are, who may have them, what they count for, and how they go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, delete, func, or_, select

from chatapp.extensions import db
from chatapp.lib.clock import now
from chatapp.lib.errors import ChatError
from chatapp.models import Attachment, FileRemoval, Membership, Message
from chatapp.models.transaction import write
from chatapp.realtime.wire import attachment_wire

_SWEPT_AT_ONCE = 200


def object_names(key: str, *, has_thumbnail: bool) -> list[str]:
    """What the storage calls the objects of a file: itself, then its thumbnail."""
    name = f"{key[:2]}/{key}"
    return [name, f"{name}-thumbnail"] if has_thumbnail else [name]


def wires_of(messages: Iterable[Any]) -> dict[int, list[dict[str, Any]]]:
    """The files of messages, by message: one statement for all of them, none where no message has any."""
    ids = [message.id for message in messages if message.attachment_count and message.deleted_at is None]
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    if ids:
        of_these = select(Attachment).where(Attachment.message_id.in_(ids))
        for attachment in db.session.scalars(of_these.order_by(Attachment.message_id, Attachment.position)):
            found[attachment.message_id or 0].append(attachment_wire(attachment))
    return found


def kinds_and_names(message_id: int) -> list[tuple[str, str]]:
    """What a message has, in order, for who only tells of it."""
    of_it = select(Attachment.kind, Attachment.name).where(Attachment.message_id == message_id)
    return [(row.kind, row.name) for row in db.session.execute(of_it.order_by(Attachment.position))]


def visible_to(user_id: int, key: str) -> Attachment | None:
    """A file that somebody may have now: who is in the conversation and sees its message, which is not deleted;
    before it is sent, who uploaded it."""
    is_in = and_(
        Membership.conversation_id == Message.conversation_id,
        Membership.user_id == user_id,
        Membership.left_at.is_(None),
        Membership.visible_from_seq <= Message.seq,
    )
    sent_to_them = and_(Message.deleted_at.is_(None), Membership.user_id.is_not(None))
    statement = (
        select(Attachment)
        .outerjoin(Message, Message.id == Attachment.message_id)
        .outerjoin(Membership, is_in)
        .where(
            Attachment.key == key,
            or_(sent_to_them, and_(Attachment.message_id.is_(None), Attachment.user_id == user_id)),
        )
    )
    return db.session.scalar(statement)


def check_quotas(user_id: int, more_bytes: int) -> None:
    """``no_space`` when so much more would be too much, for one person or for all together."""
    config = current_app.config
    for whose, most, where in (
        ("You have", config["QUOTA_BYTES"], Attachment.user_id == user_id),
        ("All files together have", config["STORAGE_BYTES"], None),
    ):
        if most and _bytes_of(where) + more_bytes > most:
            room = f"{most // (1024 * 1024):,} MB"
            raise ChatError("no_space", f"{whose} used up the {room} there are. Delete messages with files first.")


def bytes_of_all() -> int:
    """What all files come to, thumbnails included."""
    return _bytes_of(None)


def discard(user_id: int, attachment_id: int) -> None:
    """Remove one's own file that is not sent yet; ``not_found`` for all others."""
    unsent = select(Attachment).where(
        Attachment.id == attachment_id, Attachment.user_id == user_id, Attachment.message_id.is_(None)
    )
    with write():
        attachment = db.session.scalar(unsent.with_for_update())
        if attachment is None:
            raise ChatError("not_found", "There is no such file.")
        remove([attachment])


def remove_of_messages(message_ids: Collection[int]) -> None:
    """Remove the files of messages whose deletion is final; part of the caller's transaction."""
    remove(db.session.scalars(select(Attachment).where(Attachment.message_id.in_(message_ids))).all())


def sweep_unsent() -> None:
    """Remove what was uploaded long ago and never sent, however much that is."""
    oldest = now() - timedelta(seconds=current_app.config["UNSENT_FILE_SECONDS"])
    unsent = select(Attachment).where(Attachment.message_id.is_(None), Attachment.created_at < oldest)
    while db.session.scalar(unsent.limit(1)) is not None:
        with write():
            some = db.session.scalars(unsent.limit(_SWEPT_AT_ONCE).with_for_update(skip_locked=True)).all()
            remove(some)
        if not some:  # somebody else is at it
            return


def remove(attachments: Collection[Attachment]) -> None:
    """Remove rows, and have the storage rid of what they stood for; part of the caller's transaction."""
    for attachment in attachments:
        for name in object_names(attachment.key, has_thumbnail=attachment.thumbnail_size is not None):
            db.session.add(FileRemoval(name=name, due_at=now()))
    if attachments:
        these = delete(Attachment).where(Attachment.id.in_([attachment.id for attachment in attachments]))
        db.session.execute(these, execution_options={"synchronize_session": False})


def _bytes_of(where: ColumnElement[bool] | None) -> int:
    total = select(func.coalesce(func.sum(Attachment.size + func.coalesce(Attachment.thumbnail_size, 0)), 0))
    return int(db.session.scalar(total if where is None else total.where(where)) or 0)
