"""gunicorn's settings, from the same environment as the app's (config.py)."""

import sys
from typing import Any

# Read anew at each SIGHUP, which is for new code; of what is imported below, Python would keep the old.
for _name in [name for name in sys.modules if name.partition(".")[0] in ("config", "serving")]:
    del sys.modules[_name]

from config import Config  # noqa: E402
from serving import checks  # noqa: E402
from serving.handover import Handover  # noqa: E402
from serving.worker import Worker  # noqa: E402

_config = Config()

bind = _config.address
workers = _config.WEB_CONCURRENCY
worker_class = Worker
wsgi_app = "wsgi:app"
umask = 0o777  # of a unix socket: the worker lets people in when it is ready
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
# TRUSTED_PROXIES says whether there are any in front, and the app reads their headers; on a unix socket gunicorn
# would believe some of anybody's.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers = {}
proc_name = "chat"


def on_starting(server: Any) -> None:
    """Refuse to start, in one line, what could not run."""
    checks.check(_config)
    server.handover = Handover()


def on_reload(server: Any) -> None:
    """New workers take over from all there are."""
    server.handover.begin(server.worker_age, workers)


def pre_fork(server: Any, worker: Any) -> None:
    """Old and new workers have to agree on when."""
    worker.handover = server.handover
    worker.async_mode = _config.ASYNC_MODE


def when_ready(_server: object) -> None:
    """Say where the chat is."""
    checks.announce(_config)


def post_fork(_server: object, _worker: object) -> None:
    """Allow as many open files as connections."""
    checks.raise_descriptor_limit(worker_connections)


def child_exit(server: Any, worker: Any) -> None:
    """Nobody waits for one that has gone."""
    server.handover.forget(worker.age)
