"""``fill PAIRS``: pairs of people, logged in, with a conversation each; prints them for the load generator."""

import json

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core.management.base import BaseCommand

from bench.peers.channels_chat.models import Conversation


class Command(BaseCommand):
    """People without a password: their sessions are made here."""

    help = __doc__

    def add_arguments(self, parser):
        """How many."""
        parser.add_argument("pairs", type=int)

    def handle(self, *args, pairs, **options):
        """Make and print them."""
        self.stdout.write(json.dumps([make_pair(number) for number in range(pairs)]))


def make_pair(number):
    """Two people and their conversation."""
    users = [get_user_model().objects.create_user(f"{name}{number}") for name in ("ann", "ben")]
    conversation = Conversation.objects.create()
    conversation.members.set(users)
    return {"conversation_id": conversation.id, "cookies": [cookie_of(user) for user in users]}


def cookie_of(user):
    """What the browser of a log-in holds."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.id)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"sessionid={session.session_key}"
