"""Conversations of members, with messages that are numbered in each."""

from django.conf import settings
from django.db import models


class Conversation(models.Model):
    """``last_seq`` is the number of its newest message."""

    last_seq = models.BigIntegerField(default=0)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="conversations")


class Message(models.Model):
    """``seq`` places it in its conversation, ``client_id`` makes a retry harmless."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False)
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False)
    seq = models.BigIntegerField()
    client_id = models.UUIDField()
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("conversation", "seq"), name="one_of_each_seq"),
            models.UniqueConstraint(fields=("sender", "client_id"), name="one_of_each_client_id"),
        )

    def to_wire(self) -> dict:
        """As browsers get it."""
        return {
            "id": self.id,
            "conversation_id": self.conversation_id,
            "seq": self.seq,
            "client_id": str(self.client_id),
            "sender_id": self.sender_id,
            "body": self.body,
            "created_at": self.created_at.isoformat(timespec="milliseconds"),
        }
