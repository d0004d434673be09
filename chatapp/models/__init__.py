"""One table a file. Importing this package registers them all."""

from chatapp.models.conversation import Conversation
from chatapp.models.login import Login
from chatapp.models.membership import Membership
from chatapp.models.message import Message
from chatapp.models.name_start import NameStart
from chatapp.models.user import User

__all__ = ["Conversation", "Login", "Membership", "Message", "NameStart", "User"]
