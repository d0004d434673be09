"""Picks the async mode, patches the standard library for it, then makes the app.

Run as a program it serves the chat in one process; imported, it offers ``app`` to a WSGI server or the flask
CLI, which needs no event loop. Beside ``chatapp/lib/offload.py`` no other file names eventlet or gevent.
"""

import contextlib
import os
import resource
import sys
import warnings

# A client that sends nothing for so long is let go; sockets have heartbeats, which are more frequent.
IDLE_SECONDS = 30
# Far above eventlet's own 1,024: an open socket counts as a request that is being served.
CONNECTIONS_MAX = 50_000
SERVING = os.environ.get("FLASK_RUN_FROM_CLI") != "true"
ASYNC_MODE = os.environ.get("ASYNC_MODE", "").strip() or "eventlet"
if SERVING and ASYNC_MODE == "eventlet":
    # Known, and the reason why there is ASYNC_MODE: docs/decisions/eventlet.md
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()
elif SERVING and ASYNC_MODE == "gevent":
    from gevent import monkey

    monkey.patch_all()

# Nothing may be imported before the patching.
import socket  # noqa: E402
from typing import Any  # noqa: E402

from chatapp import create_app  # noqa: E402
from chatapp.lib import offload  # noqa: E402
from chatapp.models import database  # noqa: E402
from chatapp.realtime import engine  # noqa: E402
from config import Config, ConfigError  # noqa: E402

config = Config(is_serving=SERVING)
if SERVING:
    offload.use(config.ASYNC_MODE)
app = create_app(config)


def main() -> None:
    """Serve on HOST:PORT until interrupted. With ``--upgrade``, bring the database up to date first."""
    if sys.argv[1:] == ["--upgrade"]:
        database.upgrade(app)
    database.require_current(app)
    try:
        family, _, _, _, address = socket.getaddrinfo(config.HOST, config.PORT, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address, family=family, backlog=1024)
        # Handed down to each connection. Without it the last part of an answer waits 40 ms for a delayed ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        raise ConfigError("HOST, PORT", f"cannot listen on {config.HOST}:{config.PORT}: {reason(error)}") from error
    host = "localhost" if config.HOST == "127.0.0.1" else config.HOST
    sys.stdout.write(f"{config.SITE_NAME} is at http://{host}:{listener.getsockname()[1]} (Ctrl+C stops it)\n")
    sys.stdout.flush()
    raise_descriptor_limit()
    try:
        serve(listener)
    except KeyboardInterrupt:
        raise SystemExit(0) from None


def raise_descriptor_limit() -> None:
    """Allow as many open files, so connections, as the system lets this process have, up to CONNECTIONS_MAX."""
    present, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Where the hard limit is "unlimited", some systems still refuse more than 10,240.
    for wanted in (CONNECTIONS_MAX if most == resource.RLIM_INFINITY else min(most, CONNECTIONS_MAX), 10_240):
        if wanted <= present:
            return
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
            return


def reason(error: OSError) -> str:
    """The operating system's words, without what Python adds to them."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror)


def serve(listener: socket.socket) -> None:
    """Answer on a listening socket, by the server of the async mode."""
    if ASYNC_MODE == "eventlet":
        import eventlet.wsgi

        eventlet.wsgi.server(
            listener, app, max_size=CONNECTIONS_MAX, socket_timeout=IDLE_SECONDS, debug=False, log_output=False
        )
    else:
        from gevent.pywsgi import WSGIServer
        from geventwebsocket.handler import WebSocketHandler

        class Handler(WebSocketHandler):
            def handle(self) -> None:
                self.socket.settimeout(IDLE_SECONDS)
                super().handle()

            def upgrade_websocket(self) -> Any:
                # This handler upgrades before the app is asked; what the app would refuse goes there as it is.
                return None if engine.refusal(app, self.environ) else super().upgrade_websocket()

        WSGIServer(listener, app, handler_class=Handler, log=None).serve_forever()


if __name__ == "__main__":
    main()
