"""Pages by Django, WebSockets by the consumer, logged in by the session cookie."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peers.channels_chat.settings")

from django.core.asgi import get_asgi_application

http = get_asgi_application()

# These need the apps to be loaded.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from bench.peers.channels_chat.consumers import ChatConsumer  # noqa: E402

sockets = URLRouter([path("ws/chat/", ChatConsumer.as_asgi())])
application = ProtocolTypeRouter({"http": http, "websocket": AuthMiddlewareStack(sockets)})
