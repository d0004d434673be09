"""Settings as for production, as far as they touch speed."""

import os
from urllib.parse import urlsplit

_database = urlsplit(os.environ["DATABASE_URL"])

SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "bench.peers.channels_chat.urls"
ASGI_APPLICATION = "bench.peers.channels_chat.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "channels",
    "bench.peers.channels_chat",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": _database.hostname,
        "PORT": _database.port,
        "USER": _database.username,
        "NAME": _database.path[1:],
        # Connections are kept: with a new one for each message this would measure how PostgreSQL forks.
        "CONN_MAX_AGE": 600,
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # Far above the default of 100, so that nothing is dropped while a consumer is behind.
        "CONFIG": {"hosts": [os.environ["REDIS_URL"]], "capacity": 10_000},
    }
}
