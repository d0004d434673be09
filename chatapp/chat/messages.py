"""Saving messages: the one write path, for any number of messages at once."""

from __future__ import annotations

from collections.abc import Sequence

from chatapp.chat.message_batch import Draft, Outcome, Stored, save_batch
from chatapp.chat.message_rows import MessageRows
from chatapp.extensions import db
from chatapp.models.transaction import write_at_once

__all__ = ["Draft", "Outcome", "Stored", "save"]


def save(drafts: Sequence[Draft]) -> list[Outcome]:
    """Save all in one transaction; an outcome for each, in order. A refused one does not disturb the others.

    Committed on return. Raises the database's error when nothing was saved.
    """
    if db.engine.dialect.name == "postgresql":
        from chatapp.chat.message_rows_postgresql import PipelinedMessageRows  # brings its driver
        from chatapp.models import pipeline

        return pipeline.transaction(lambda transaction: save_batch(PipelinedMessageRows(transaction), drafts))
    return write_at_once(lambda connection: save_batch(MessageRows(connection), drafts))
