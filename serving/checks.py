"""What is looked at before the first worker starts, so that what cannot run is refused in one line."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import sys

from config import Config, ConfigError

# Set by ``python wsgi.py --upgrade``: bring the database up to date first.
UPGRADE = "CHAT_UPGRADE"


def check(config: Config) -> None:
    """Stop with one line when the address is taken, or the database out of reach or not migrated."""
    if not config.BIND.startswith("unix:"):
        _check_port(config)
    _check_database(config)


def announce(config: Config) -> None:
    """One line on standard output."""
    host = "localhost" if config.HOST == "127.0.0.1" else config.HOST
    place = config.BIND if config.BIND.startswith("unix:") else f"http://{host}:{config.PORT}"
    sys.stdout.write(f"{config.SITE_NAME} is at {place} (Ctrl+C stops it)\n")
    sys.stdout.flush()


def raise_descriptor_limit(wanted: int) -> None:
    """Allow as many open files, so connections, as the system lets this process have, up to ``wanted``."""
    present, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Where the hard limit is "unlimited", some systems still refuse more than 10,240.
    for limit in (wanted if most == resource.RLIM_INFINITY else min(most, wanted), 10_240):
        if limit <= present:
            return
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))
            return


def _check_port(config: Config) -> None:
    try:
        family, kind, _, _, address = socket.getaddrinfo(config.HOST, config.PORT, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror)
        raise ConfigError("HOST, PORT", f"cannot listen on {config.HOST}:{config.PORT}: {reason}") from error


def _check_database(config: Config) -> None:
    """In a child: this process must not import the app, whose modules are patched in the workers."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _look_at_database(config)
            status = 0
        except SystemExit as error:
            sys.stderr.write(f"{error}\n")
        finally:
            sys.stderr.flush()
            os._exit(status)
    _, result = os.waitpid(child, 0)
    if result:
        raise SystemExit(1)


def _look_at_database(config: Config) -> None:
    from chatapp import create_app
    from chatapp.models import database

    config.SERVING = False
    app = create_app(config)
    if os.environ.get(UPGRADE):
        database.upgrade(app)
    database.require_current(app)
