"""Settings, read once from the environment. A value that makes no sense stops the start in one line."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import SplitResult, parse_qs, urlsplit

ROOT = Path(__file__).resolve().parent
KEY_MIN = 16
_CONTACT = re.compile(r"mailto:[^@\s<>,]+@[^@\s<>,]+|https://[a-zA-Z0-9][a-zA-Z0-9.-]*(:[0-9]+)?(/\S*)?")
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:(?P<port>[0-9]{1,5}))?")


class ConfigError(SystemExit):
    """A setting that makes no sense; printed as one line, exit code 1."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")


class Config:
    """Everything that can be set. The README has the same list with its defaults.

    Upper-case attributes become ``app.config``; sizes are bytes or characters, times are seconds unless the
    name says otherwise.
    """

    # How long things may take. A send must be answered within 3 s, so each part stays below that.
    DATABASE_BUSY_SECONDS = 2.0
    DATABASE_CONNECT_SECONDS = 2  # whole seconds, and the least that PostgreSQL's library takes
    DATABASE_TIMEOUT_SECONDS = 2.2
    DATABASE_IDLE_SECONDS = 10.0
    SEND_TIMEOUT_SECONDS = 2.8
    SEND_QUEUE_MAX = 1000
    COMMIT_PAUSE_SECONDS = 0.001
    # Socket.IO heartbeats: a dead connection is noticed on either side after at most their sum.
    PING_INTERVAL_SECONDS = 15
    PING_TIMEOUT_SECONDS = 10
    HANDSHAKE_SECONDS = 10.0
    LOGIN_CHECK_SECONDS = 0.5
    LOGIN_EXPIRY_CHECK_SECONDS = 10.0
    LOGIN_TOUCH_SECONDS = 600.0
    HEAD_CHECK_SECONDS = 5.0
    # Whose last socket went counts as there for so long: a reload does not show.
    PRESENCE_GRACE_SECONDS = 10.0
    LAST_SEEN_SECONDS = 3.0
    # The longest body is 10,000 characters; escaped as JSON one of them takes at most 12 bytes.
    MAX_FRAME_BYTES = 200_000
    BODY_MAX_CHARS = 10_000
    GROUP_MEMBERS_MAX = 1000
    # A deleted message can be restored for so long; then its text goes.
    UNDO_SECONDS = 10.0
    PURGE_CHECK_SECONDS = 2.0
    # Files that were uploaded and never sent go after so long; the storage is tidied so often.
    UNSENT_FILE_SECONDS = 24 * 3600.0
    FILE_CHECK_SECONDS = 2.0
    ATTACHMENTS_MAX = 10
    # What waits for a reader that does not read; beyond that it is cut off, and catches up when it is back.
    SLOW_READER_BYTES = 1_000_000

    # Web Push. At most half of the senders are busy with one push service, so that a stuck one stops no other.
    PUSH_SENDERS = 4
    PUSH_QUEUE_MAX = 1000
    PUSH_TIMEOUT_SECONDS = 10.0
    PUSH_TTL_SECONDS = 24 * 3600
    PUSH_FAILURES_MAX = 10
    PUSH_ROUND_SECONDS = 1.0
    PUSH_SLOW_ROUND_SECONDS = 60.0
    PUSH_LOOK_BACK_SECONDS = 600
    PUSH_PER_LOGIN_MAX = 10
    PUSH_PER_PERSON_MAX = 30

    LOGIN_IDLE_DAYS = 30
    LOGIN_MAX_DAYS = 90

    WTF_CSRF_TIME_LIMIT = None
    # Over TLS the session is a __Host- cookie, which no other site can plant; with it the token is enough, also from
    # a browser or a script that sends no Referer.
    WTF_CSRF_SSL_STRICT = False
    # The cookie ends with the log-in. Sent anew with each answer it would also go out with static files.
    SESSION_REFRESH_EACH_REQUEST = False
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    MAX_CONTENT_LENGTH = 1024 * 1024
    MAX_FORM_MEMORY_SIZE = 256 * 1024

    MIGRATIONS = ROOT / "migrations"

    def __init__(self, environ: Mapping[str, str] = os.environ, *, is_serving: bool = True) -> None:
        """Read ``environ``. Only a process that serves needs the SECRET_KEY; the flask CLI signs nothing."""
        self._environ = environ
        self.SERVING = is_serving
        self.APP_ENV = self._choice("APP_ENV", "production", ("production", "development"))
        self.DEVELOPMENT = self.APP_ENV == "development"
        self.SITE_NAME = self._text("SITE_NAME", "Chat")
        self.ASYNC_MODE = self._choice("ASYNC_MODE", "eventlet", ("eventlet", "gevent"))
        self.INSTANCE = Path(self._text("INSTANCE_PATH", str(ROOT / "instance"))).resolve()
        self._read_network()
        self._read_stores()
        self._read_files()
        self.SECRET_KEY = self._secret_key()
        self._read_cookies()
        # For 16 KB of what a form or a script sends, and for all of it; then it is cut off. Files take their time.
        self.BODY_STALL_SECONDS = self._integer("BODY_STALL_SECONDS", 20, 1, 3600)
        self.BODY_SECONDS = self._integer("BODY_SECONDS", 300, 1, 24 * 3600)
        self.RATE_LIMITS = self._choice("RATE_LIMITS", "on", ("on", "off")) == "on"
        self.SIGNUP = self._choice("SIGNUP", "open", ("open",))
        self._read_push()

    @property
    def address(self) -> str:
        """Where to listen, as gunicorn spells it."""
        host = f"[{self.HOST}]" if ":" in self.HOST else self.HOST
        return self.BIND if self.BIND.startswith("unix:") else f"{host}:{self.PORT}"

    def _read_network(self) -> None:
        self.HOST = self._text("HOST", "127.0.0.1")
        self.PORT = self._integer("PORT", 5000, 0, 65535)
        self.BIND = self._text("BIND", "")
        if self.BIND.startswith("unix:"):
            if not self.BIND.removeprefix("unix:").startswith("/"):
                raise ConfigError("BIND", f"must be unix:/ and a path, not {self.BIND!r}")
        elif self.BIND:
            self.HOST, self.PORT = self._host_and_port()
        self.TRUSTED_PROXIES = self._integer("TRUSTED_PROXIES", 0, 0, 10)
        self.ALLOWED_ORIGINS = [o.strip() for o in self._text("ALLOWED_ORIGINS", "").split(",") if o.strip()]
        for origin in self.ALLOWED_ORIGINS:
            if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
                raise ConfigError(
                    "ALLOWED_ORIGINS", f"must be origins such as https://chat.example.org, not {origin!r}"
                )

    def _host_and_port(self) -> tuple[str, int]:
        host, _, port = self.BIND.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or int(port) > 65535 or "/" in host:
            raise ConfigError("BIND", f"must be host:port or unix:/path, not {self.BIND!r}")
        return host.removeprefix("[").removesuffix("]"), int(port)

    def _read_stores(self) -> None:
        self.SQLALCHEMY_DATABASE_URI = self._database_url()
        is_sqlite = self.SQLALCHEMY_DATABASE_URI.startswith("sqlite:")
        self.DATABASE_POOL = self._integer("DATABASE_POOL", 8, 2, 100)
        self.REDIS_URL = self._text("REDIS_URL", "")
        if self.REDIS_URL and not self.REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
            # The address is not repeated: it may hold a password.
            raise ConfigError("REDIS_URL", "must begin with redis://, rediss:// or unix://")
        if not _has_sane_port(self.REDIS_URL):
            raise ConfigError("REDIS_URL", "its port is no number from 0 to 65535")
        self.REDIS_TLS_VERIFY = self._choice("REDIS_TLS_VERIFY", "on", ("on", "off")) == "on"
        self.WEB_CONCURRENCY = self._integer("WEB_CONCURRENCY", 1, 1, 64)
        if self.WEB_CONCURRENCY > 1 and (is_sqlite or not self.REDIS_URL):
            lacking = "a PostgreSQL DATABASE_URL" if is_sqlite else "a REDIS_URL"
            raise ConfigError("WEB_CONCURRENCY", f"{self.WEB_CONCURRENCY} workers need {lacking}; or leave it out")

    def _read_files(self) -> None:
        megabyte = 1024 * 1024
        self.STORAGE_URL = self._text("STORAGE_URL", str(self.INSTANCE / "files"))
        if "://" in self.STORAGE_URL:
            self._check_storage_url(urlsplit(self.STORAGE_URL))
        elif not self.STORAGE_URL.startswith("/"):
            raise ConfigError("STORAGE_URL", "must be the path of a folder, beginning with /, or s3://bucket/prefix")
        self.MAX_UPLOAD_BYTES = self._integer("MAX_UPLOAD_MB", 25, 1, 5_000) * megabyte
        # Whoever takes longer for 16 KB, or for all of a file, is cut off; a phone in a tunnel is not.
        self.UPLOAD_STALL_SECONDS = self._integer("UPLOAD_STALL_SECONDS", 20, 1, 3600)
        self.UPLOAD_SECONDS = self._integer("UPLOAD_SECONDS", 3600, 1, 7 * 24 * 3600)
        self.QUOTA_BYTES = self._integer("QUOTA_MB", 1000, 0, 1_000_000_000) * megabyte
        self.STORAGE_BYTES = self._integer("STORAGE_MB", 0, 0, 1_000_000_000) * megabyte
        self.X_ACCEL_REDIRECT = self._text("X_ACCEL_REDIRECT", "")
        if self.X_ACCEL_REDIRECT and not (
            self.X_ACCEL_REDIRECT.startswith("/") and self.X_ACCEL_REDIRECT.endswith("/")
        ):
            raise ConfigError("X_ACCEL_REDIRECT", "must begin and end with /, as the location in nginx does: /_files/")
        if self.X_ACCEL_REDIRECT and self.STORAGE_URL.startswith("s3://"):
            raise ConfigError("X_ACCEL_REDIRECT", "is for files in a folder; leave it out where STORAGE_URL is s3://")

    def _check_storage_url(self, parts: SplitResult) -> None:
        # The address is not repeated: it may hold what is nobody's business.
        endpoint = parse_qs(parts.query).get("endpoint", ["https://"])[0]
        if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc:
            raise ConfigError("STORAGE_URL", "must be the path of a folder, or s3://bucket/prefix")
        if not endpoint.startswith(("https://", "http://")):
            raise ConfigError("STORAGE_URL", "endpoint must begin with https://")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            if not self._environ.get(name):
                raise ConfigError("STORAGE_URL", f"s3:// needs {name} as well")

    def _database_url(self) -> str:
        """What SQLAlchemy understands; PostgreSQL's in any of the usual spellings, several hosts included."""
        url = self._text("DATABASE_URL", f"sqlite:///{self.INSTANCE}/chat.sqlite")
        scheme, _, rest = url.partition("://")
        if scheme not in ("sqlite", "postgres", "postgresql", "postgresql+psycopg") or not rest:
            raise ConfigError("DATABASE_URL", "must begin with sqlite:/// or postgresql://")
        if scheme == "sqlite":
            if not rest.startswith("//"):
                raise ConfigError("DATABASE_URL", "must be sqlite:/// and an absolute path, so with four slashes")
            return url
        place, question, query = rest.partition("?")
        place, slash, database = place.partition("/")
        user, at, hosts = place.rpartition("@")
        if "," in hosts:
            query = "&".join([*(f"host={host}" for host in hosts.split(",")), *filter(None, [query])])
            hosts, question = "", "?"
        url = f"postgresql+psycopg://{user}{at}{hosts}{slash}{database}{question}{query}"
        if not _has_sane_port(url):
            raise ConfigError("DATABASE_URL", "this is not an address of a PostgreSQL database")
        return url

    def _read_cookies(self) -> None:
        # Plain http is for one's own machine; anything that calls itself production is behind TLS.
        self.SESSION_COOKIE_SECURE = (
            self._choice("COOKIE_SECURE", "off" if self.DEVELOPMENT else "on", ("on", "off")) == "on"
        )
        self.SESSION_COOKIE_NAME = "__Host-session" if self.SESSION_COOKIE_SECURE else "session"
        self.PERMANENT_SESSION_LIFETIME = self.LOGIN_MAX_DAYS * 24 * 3600

    def _read_push(self) -> None:
        self.PUSH_TEXT = self._choice("PUSH_TEXT", "on", ("on", "off")) == "on"
        self.PUSH_ACTIVE_DELAY_SECONDS = self._integer("PUSH_DELAY", 30, 0, 3600)
        self.PUSH_CONTACT = self._text("PUSH_CONTACT", "")
        if self.PUSH_CONTACT and not _CONTACT.fullmatch(self.PUSH_CONTACT):
            raise ConfigError(
                "PUSH_CONTACT",
                f"must be such as mailto:admin@example.org or https://example.org, not {self.PUSH_CONTACT!r}",
            )
        self.PUSH_SERVICES = [
            self._push_service(s.strip()) for s in self._text("PUSH_SERVICES", "").split(",") if s.strip()
        ]

    def _push_service(self, text: str) -> str:
        """An origin as endpoints have it: in lower case, without the port that goes without saying."""
        found = _ORIGIN.fullmatch(text.lower())
        if not found or int(found["port"] or 1) not in range(1, 65536):
            raise ConfigError("PUSH_SERVICES", f"must be origins such as https://push.example.org, not {text!r}")
        usual = {"http": "80", "https": "443"}[found["scheme"]]
        port = found["port"]
        return f"{found['scheme']}://{found['host']}" + (f":{int(port)}" if port and port != usual else "")

    def _secret_key(self) -> str:
        key = self._text("SECRET_KEY", "")
        if key:
            if len(key) < KEY_MIN:
                raise ConfigError("SECRET_KEY", f"must have at least {KEY_MIN} characters; try: openssl rand -hex 32")
            return key
        if not self.SERVING:
            kept = self.INSTANCE / "secret_key"
            return kept.read_text().strip() if self.DEVELOPMENT and kept.exists() else secrets.token_hex(32)
        if not self.DEVELOPMENT:
            raise ConfigError("SECRET_KEY", "must be set unless APP_ENV=development; try: openssl rand -hex 32")
        return self._kept_secret_key()

    def _kept_secret_key(self) -> str:
        path = self.INSTANCE / "secret_key"
        make_folder("INSTANCE_PATH", self.INSTANCE)
        try:
            if not path.exists():  # by an earlier start, which is the point of keeping it
                self._make_secret_key(path)
            key = path.read_text().strip()
        except OSError as error:
            raise ConfigError("INSTANCE_PATH", f"cannot use {self.INSTANCE}: {error.strerror}") from error
        if len(key) < KEY_MIN:
            raise ConfigError("INSTANCE_PATH", f"there is no whole key in {path}: remove it, and another one is made")
        return key

    @staticmethod
    def _make_secret_key(path: Path) -> None:
        """Whole or not at all, whatever happens meanwhile; of two starts at once the first one's stays."""
        with NamedTemporaryFile("w", dir=path.parent) as file:
            file.write(secrets.token_hex(32))
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)

    def _text(self, name: str, default: str) -> str:
        return self._environ.get(name, "").strip() or default

    def _choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self._text(name, default)
        if value not in choices:
            raise ConfigError(name, f"must be {' or '.join(choices)}, not {value!r}")
        return value

    def _integer(self, name: str, default: int, lowest: int, highest: int) -> int:
        value = self._text(name, str(default))
        if not value.isascii() or not value.isdigit() or not lowest <= int(value) <= highest:
            raise ConfigError(name, f"must be a whole number from {lowest} to {highest}, not {value!r}")
        return int(value)


def make_folder(name: str, folder: Path) -> None:
    """Make the folder that a setting names, or that its file is to lie in."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(name, f"cannot make the folder {folder}: {error.strerror}") from error


def _has_sane_port(url: str) -> bool:
    try:
        _ = urlsplit(url).port
    except ValueError:
        return False
    return True
