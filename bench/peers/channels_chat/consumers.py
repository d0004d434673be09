"""The chat over a WebSocket."""

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.db import IntegrityError, transaction

from bench.peers.channels_chat.models import Conversation, Message


class ChatConsumer(AsyncJsonWebsocketConsumer):
    """One browser: in the group of each of its conversations."""

    async def connect(self):
        """Let in who is logged in."""
        self.user = self.scope["user"]
        self.conversation_ids = []
        if not self.user.is_authenticated:
            await self.close()
            return
        self.conversation_ids = await conversation_ids_of(self.user.id)
        for conversation_id in self.conversation_ids:
            await self.channel_layer.group_add(group_of(conversation_id), self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        """Leave the groups."""
        for conversation_id in self.conversation_ids:
            await self.channel_layer.group_discard(group_of(conversation_id), self.channel_name)

    async def receive_json(self, content):
        """Save a message, tell the others, and answer the sender."""
        if content.get("type") != "message_create":
            await self.refuse(content, "bad_request")
            return
        try:
            message, is_new = await save(
                self.user.id, content["conversation_id"], content["client_id"], content["body"]
            )
        except Conversation.DoesNotExist:
            await self.refuse(content, "not_found")
            return
        if is_new:
            event = {"type": "message.created", "message": message, "but": self.channel_name}
            await self.channel_layer.group_send(group_of(message["conversation_id"]), event)
        await self.send_json({"type": "ack", "id": content["id"], "ok": True, "message": message})

    async def refuse(self, content, code):
        """The ack of what cannot be done."""
        await self.send_json({"type": "ack", "id": content.get("id"), "ok": False, "error": code})

    async def message_created(self, event):
        """From the group."""
        if event["but"] != self.channel_name:
            await self.send_json({"type": "message_created", "message": event["message"]})


def group_of(conversation_id):
    """The group of a conversation."""
    return f"conversation.{conversation_id}"


@database_sync_to_async
def conversation_ids_of(user_id):
    """Those that someone is a member of."""
    return list(Conversation.objects.filter(members=user_id).values_list("id", flat=True))


@database_sync_to_async
def save(sender_id, conversation_id, client_id, body):
    """The message, committed, and whether it is new: a retry finds it there already."""
    try:
        with transaction.atomic():
            conversation = Conversation.objects.select_for_update(of=("self",)).get(
                id=conversation_id, members=sender_id
            )
            conversation.last_seq += 1
            conversation.save(update_fields=["last_seq"])
            message = Message.objects.create(
                conversation=conversation,
                sender_id=sender_id,
                seq=conversation.last_seq,
                client_id=client_id,
                body=body,
            )
            return message.to_wire(), True
    except IntegrityError:
        return Message.objects.get(sender_id=sender_id, client_id=client_id).to_wire(), False
