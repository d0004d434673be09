"""What is looked at before the first worker starts, so that what cannot run is refused in one line."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import socket
import sqlite3
import stat
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from config import Config, ConfigError, make_folder

# The longest path of a socket, in bytes; systems differ by a few.
SOCKET_PATH_MAX = 103
# Set by ``python wsgi.py --upgrade``: bring the database up to date first.
UPGRADE = "CHAT_UPGRADE"


def check(config: Config) -> None:
    """Stop with one line when the address is taken, the folder of files cannot be used, or the database is out of
    reach or not migrated."""
    if config.BIND.startswith("unix:"):
        _check_socket(Path(config.BIND.removeprefix("unix:")))
    else:
        _check_port(config)
    _check_files(config)
    _in_child(lambda: _check_stores(config))


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


def _check_socket(path: Path) -> None:
    """What gunicorn would try again and again."""
    problem = ""
    if not path.parent.is_dir():
        problem = f"there is no folder {path.parent}"
    elif not os.access(path.parent, os.W_OK | os.X_OK):
        problem = f"the folder {path.parent} may not be written to"
    elif len(os.fsencode(path)) > SOCKET_PATH_MAX:
        problem = f"a socket's path may have {SOCKET_PATH_MAX} bytes at most"
    elif path.exists() and not stat.S_ISSOCK(path.stat().st_mode):
        problem = f"{path} is there already, and no socket"
    if problem:
        raise ConfigError("BIND", problem)


def _check_files(config: Config) -> None:
    if config.STORAGE_URL.startswith("s3://"):
        return
    folder = Path(config.STORAGE_URL)
    make_folder("STORAGE_URL", folder)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigError("STORAGE_URL", f"the folder {folder} may not be written to")


def _in_child(check: Callable[[], None]) -> None:
    """This process must not import the app or its libraries, which are patched in the workers."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            check()
            status = 0
        except SystemExit as error:
            sys.stderr.write(f"{error}\n")
        except BaseException:  # noqa: BLE001 (below, it would be lost)
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    _, result = os.waitpid(child, 0)
    if result:
        raise SystemExit(1)


def _check_stores(config: Config) -> None:
    """Nearly always all is well, and a short look tells; the app, and what it says, are for when it does not."""
    if "?" in config.REDIS_URL:
        _check_redis_options(config.REDIS_URL)
    if not is_current(config):
        _look_at_database(config)


def _check_redis_options(url: str) -> None:
    import redis

    try:
        redis.ConnectionPool.from_url(url).make_connection()
    except (TypeError, ValueError) as error:
        raise ConfigError("REDIS_URL", f"what stands behind the ? cannot be used: {error}") from error


def is_current(config: Config) -> bool:
    """Whether the database is surely there and at the newest revision; False also for what is not sure."""
    url = config.SQLALCHEMY_DATABASE_URI
    try:
        if url.startswith("sqlite:"):
            with contextlib.closing(
                sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True)
            ) as file:
                found = file.execute("SELECT version_num FROM alembic_version").fetchall()
        else:
            import psycopg

            with psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=2) as connection:
                found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except Exception:  # noqa: BLE001 (whatever it is, the longer look finds the words for it)
        return False
    return [row[0] for row in found] == _newest_revisions(config.MIGRATIONS)


def _newest_revisions(migrations: Path) -> list[str]:
    """Of the revisions in the files, those that nothing follows."""
    texts = [path.read_text() for path in (migrations / "versions").glob("*.py")]
    revisions = {found for text in texts for found in re.findall(r'^revision = "(.+)"', text, re.MULTILINE)}
    followed = {found for text in texts for found in re.findall(r'^down_revision = "(.+)"', text, re.MULTILINE)}
    return sorted(revisions - followed)


def _look_at_database(config: Config) -> None:
    from chatapp import create_app
    from chatapp.models import database

    config.SERVING = False
    app = create_app(config)
    if os.environ.get(UPGRADE):
        database.upgrade(app)
    database.require_current(app)
