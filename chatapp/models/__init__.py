"""One table a file. Importing this package registers them all."""

from chatapp.models.attachment import Attachment, FileRemoval
from chatapp.models.avatar import Avatar
from chatapp.models.conversation import Conversation
from chatapp.models.deletion import Deletion
from chatapp.models.login import Login
from chatapp.models.membership import Membership
from chatapp.models.message import Message
from chatapp.models.name_start import NameStart
from chatapp.models.push_subscription import PushSubscription
from chatapp.models.server_key import ServerKey
from chatapp.models.user import User
from chatapp.models.user_change import UserChange

__all__ = [
    "Attachment",
    "Avatar",
    "Conversation",
    "Deletion",
    "FileRemoval",
    "Login",
    "Membership",
    "Message",
    "NameStart",
    "PushSubscription",
    "ServerKey",
    "User",
    "UserChange",
]
