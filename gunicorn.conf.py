"""gunicorn's settings, from the same environment as the app's (config.py)."""

from config import Config
from serving import checks
from serving.worker import Worker

_config = Config()

bind = _config.address
workers = _config.WEB_CONCURRENCY
worker_class = Worker
wsgi_app = "wsgi:app"
backlog = 1024
limit_request_line = 8190
# An open socket counts as a connection.
worker_connections = 50_000
# A worker that has not run its loop for so long is ended and replaced.
timeout = 30
# How long a worker that is told to end may take to finish what it does.
graceful_timeout = 10
keepalive = 30
loglevel = "warning"
control_socket_disable = True
forwarded_allow_ips = ""  # TRUSTED_PROXIES says how many there are; the app reads their headers
proc_name = "chat"


def on_starting(_server: object) -> None:
    """Refuse to start, in one line, what could not run."""
    checks.check(_config)


def when_ready(_server: object) -> None:
    """Say where the chat is."""
    checks.announce(_config)


def post_fork(_server: object, _worker: object) -> None:
    """Allow as many open files as connections."""
    checks.raise_descriptor_limit(worker_connections)
