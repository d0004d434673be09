"""A setting that makes no sense stops the start with one line that names it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from config import Config, ConfigError
from tests.support.people import Cast
from tests.support.running import run_program
from tests.support.server import Server, free_port


def start_with(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    chosen = {
        "APP_ENV": "development",
        "INSTANCE_PATH": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/chat.db",
        "PORT": str(free_port()),
    } | settings
    return run_program("wsgi.py", *arguments, **chosen)


def only_line_of(done: subprocess.CompletedProcess[str]) -> str:
    """What a start that failed has said."""
    said = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode not in (0, None)
    assert len(said) == 1, done.stderr
    return said[0]


BAD_SETTINGS = [
    ("PUSH_TEXT", {"PUSH_TEXT": "maybe"}),
    ("PUSH_DELAY", {"PUSH_DELAY": "soon"}),
    ("PUSH_CONTACT", {"PUSH_CONTACT": "admin@example.org"}),
    ("PUSH_CONTACT", {"PUSH_CONTACT": "mailto:admin"}),
    ("PUSH_CONTACT", {"PUSH_CONTACT": "http://example.org"}),
    ("PUSH_SERVICES", {"PUSH_SERVICES": "push.example.org"}),
    ("PUSH_SERVICES", {"PUSH_SERVICES": "https://push.example.org/path"}),
    ("PUSH_SERVICES", {"PUSH_SERVICES": "https://push.example.org:0"}),
    ("PUSH_SERVICES", {"PUSH_SERVICES": "https://push.example.org, https://user@push.example.org"}),
    ("PORT", {"PORT": "abc"}),
    ("PORT", {"PORT": "70000"}),
    ("PORT", {"PORT": "-1"}),
    ("PORT", {"PORT": "5000.5"}),
    ("ASYNC_MODE", {"ASYNC_MODE": "foo"}),
    ("SECRET_KEY", {"APP_ENV": "production"}),
    ("SECRET_KEY", {"APP_ENV": "production", "SECRET_KEY": "short"}),
    ("WEB_CONCURRENCY", {"WEB_CONCURRENCY": "2"}),
    ("WEB_CONCURRENCY", {"WEB_CONCURRENCY": "many"}),
    ("WEB_CONCURRENCY", {"WEB_CONCURRENCY": "0"}),
    ("DATABASE_URL", {"DATABASE_URL": "nonsense"}),
    ("DATABASE_URL", {"DATABASE_URL": "mysql://localhost/chat"}),
    ("DATABASE_URL", {"DATABASE_URL": "sqlite://chat.db"}),
    ("DATABASE_URL", {"DATABASE_URL": "sqlite:///instance/chat.db"}),
    ("DATABASE_URL", {"DATABASE_URL": "postgresql://"}),
    ("DATABASE_URL", {"DATABASE_URL": "postgresql://localhost:port/chat"}),
    ("DATABASE_POOL", {"DATABASE_POOL": "1"}),
    ("DATABASE_POOL", {"DATABASE_POOL": "101"}),
    ("WEB_CONCURRENCY", {"WEB_CONCURRENCY": "2", "DATABASE_URL": "postgres://localhost/chat"}),
    ("WEB_CONCURRENCY", {"WEB_CONCURRENCY": "2", "REDIS_URL": "redis://localhost"}),
    ("REDIS_URL", {"REDIS_URL": "localhost:6379"}),
    ("REDIS_URL", {"REDIS_URL": "http://localhost:6379"}),
    ("REDIS_URL", {"REDIS_URL": "redis://localhost:abc"}),
    ("APP_ENV", {"APP_ENV": "developement"}),
    ("INSTANCE_PATH", {"INSTANCE_PATH": "/proc/instance"}),
    ("REDIS_TLS_VERIFY", {"REDIS_TLS_VERIFY": "maybe"}),
    ("BIND", {"BIND": "5000"}),
    ("BIND", {"BIND": ":5000"}),
    ("BIND", {"BIND": "localhost:many"}),
    ("BIND", {"BIND": "localhost:65536"}),
    ("BIND", {"BIND": "unix:chat.sock"}),
    ("BIND", {"BIND": "http://localhost:5000"}),
    ("RATE_LIMITS", {"RATE_LIMITS": "perhaps"}),
    ("SIGNUP", {"SIGNUP": "never"}),
    ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": "x"}),
    ("ALLOWED_ORIGINS", {"ALLOWED_ORIGINS": "chat.example.org"}),
    ("ALLOWED_ORIGINS", {"ALLOWED_ORIGINS": "*"}),
    ("MAX_UPLOAD_MB", {"MAX_UPLOAD_MB": "0"}),
    ("QUOTA_MB", {"QUOTA_MB": "-1"}),
    ("STORAGE_URL", {"STORAGE_URL": "files"}),
    ("STORAGE_URL", {"STORAGE_URL": "gs://bucket"}),
    ("STORAGE_URL", {"STORAGE_URL": "s3://bucket", "AWS_ACCESS_KEY_ID": "a"}),
    ("STORAGE_URL", {"STORAGE_URL": "s3://?endpoint=https://s3.example.org"}),
    ("X_ACCEL_REDIRECT", {"X_ACCEL_REDIRECT": "_files"}),
    (
        "X_ACCEL_REDIRECT",
        {
            "X_ACCEL_REDIRECT": "/_files/",
            "STORAGE_URL": "s3://bucket",
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
        },
    ),
    ("BODY_STALL_SECONDS", {"BODY_STALL_SECONDS": "0"}),
    ("BODY_SECONDS", {"BODY_SECONDS": "soon"}),
    ("UPLOAD_STALL_SECONDS", {"UPLOAD_STALL_SECONDS": "0"}),
    ("UPLOAD_SECONDS", {"UPLOAD_SECONDS": "an hour"}),
]


@pytest.mark.parametrize(("name", "settings"), BAD_SETTINGS, ids=str)
def test_a_bad_value_is_refused_by_its_name(tmp_path: Path, name: str, settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as refused:
        Config({"APP_ENV": "development", "INSTANCE_PATH": str(tmp_path)} | settings, is_serving=True)
    assert str(refused.value).startswith(name)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("name", "settings"), [BAD_SETTINGS[0], BAD_SETTINGS[4], BAD_SETTINGS[5]], ids=str)
def test_a_bad_value_stops_the_start_in_one_line(tmp_path: Path, name: str, settings: dict[str, str]) -> None:
    done = start_with(tmp_path, **settings)
    said = only_line_of(done)
    assert name in said


def test_the_defaults_are_good_for_development(tmp_path: Path) -> None:
    config = Config({"APP_ENV": "development", "INSTANCE_PATH": str(tmp_path)})
    assert (config.HOST, config.PORT, config.ASYNC_MODE, config.RATE_LIMITS) == ("127.0.0.1", 5000, "eventlet", True)
    assert str(tmp_path) in config.SQLALCHEMY_DATABASE_URI


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("postgres://u:p%40ss@db:5433/chat", "postgresql+psycopg://u:p%40ss@db:5433/chat"),
        ("postgres://u:p@db/chat?sslmode=require", "postgresql+psycopg://u:p@db/chat?sslmode=require"),
        ("postgresql://db/chat", "postgresql+psycopg://db/chat"),
        ("postgresql+psycopg://db/chat", "postgresql+psycopg://db/chat"),
        ("postgresql:///chat?host=/run/pg", "postgresql+psycopg:///chat?host=/run/pg"),
        (
            "postgresql://u:p@one:5432,two:5433/chat?target_session_attrs=read-write",
            "postgresql+psycopg://u:p@/chat?host=one:5432&host=two:5433&target_session_attrs=read-write",
        ),
    ],
)
def test_addresses_of_postgresql_in_all_spellings(tmp_path: Path, given: str, understood: str) -> None:
    config = Config({"APP_ENV": "development", "INSTANCE_PATH": str(tmp_path), "DATABASE_URL": given})
    assert understood == config.SQLALCHEMY_DATABASE_URI


@pytest.mark.parametrize(
    ("bind", "host", "port"), [("10.0.0.1:80", "10.0.0.1", 80), ("[::1]:5001", "::1", 5001), ("chat:0", "chat", 0)]
)
def test_bind_wins_over_host_and_port(tmp_path: Path, bind: str, host: str, port: int) -> None:
    config = Config({"APP_ENV": "development", "INSTANCE_PATH": str(tmp_path), "BIND": bind, "HOST": "x", "PORT": "1"})
    assert (bind, host, port) == (config.BIND, config.HOST, config.PORT)


def test_several_workers_share_postgresql_and_redis(tmp_path: Path) -> None:
    shared = {"DATABASE_URL": "postgres://db/chat", "REDIS_URL": "rediss://:secret@queue:6379/0"}
    config = Config({"APP_ENV": "development", "INSTANCE_PATH": str(tmp_path), "WEB_CONCURRENCY": "4"} | shared)
    assert config.WEB_CONCURRENCY == 4
    assert config.REDIS_TLS_VERIFY


def test_a_database_folder_that_cannot_be_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = start_with(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/file/chat.db")
    said = only_line_of(done)
    assert "DATABASE_URL" in said


@pytest.mark.parametrize("extra", [(), ("--upgrade",)], ids=["plain", "upgrade"])
@pytest.mark.parametrize("trouble", ["no server", "no database", "an option that is not"])
def test_a_database_that_cannot_be_used_is_said_in_one_line(
    tmp_path: Path, extra: tuple[str, ...], trouble: str
) -> None:
    (tmp_path / "text").write_text("this is a text, and long enough not to be taken for an empty database " * 10)
    url = {
        "no server": "postgresql://nobody@127.0.0.1:1/chat",
        "no database": f"sqlite:///{tmp_path}/text",
        "an option that is not": "postgresql://nobody@127.0.0.1:1/chat?bogus=1",
    }[trouble]
    done = start_with(tmp_path, *extra, DATABASE_URL=url)
    said = only_line_of(done)
    assert said.startswith("DATABASE_URL: the database cannot be used: ")


def test_an_option_that_redis_does_not_know_is_said_in_one_line(tmp_path: Path) -> None:
    done = start_with(tmp_path, REDIS_URL="redis://127.0.0.1:1/0?bogus=1")
    said = only_line_of(done)
    assert said.startswith("REDIS_URL: ")


def test_a_folder_for_files_that_cannot_be_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = start_with(tmp_path, "--upgrade", STORAGE_URL=f"{tmp_path}/file/files")
    said = only_line_of(done)
    assert said.startswith("STORAGE_URL: ")


def test_a_taken_port_is_said_in_one_line(server: Server, tmp_path: Path) -> None:
    done = start_with(tmp_path, PORT=str(server.port), DATABASE_URL=server.settings["DATABASE_URL"])
    said = only_line_of(done)
    assert "PORT" in said


def test_development_keeps_its_secret_key(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    (key_file,) = [path for path in server.folder.iterdir() if "secret" in path.name]
    first = key_file.read_text()
    assert len(first) >= 32
    assert key_file.stat().st_mode & 0o077 == 0, "others may read the key"
    server.restart()
    assert key_file.read_text() == first


def test_a_key_that_was_not_written_whole_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(ConfigError, match="secret_key: remove it"):
        Config({"APP_ENV": "development", "INSTANCE_PATH": str(tmp_path)}, is_serving=True)


def test_healthz_and_readyz_answer(cast: Cast) -> None:
    nobody = cast.stranger()
    assert nobody.get("/healthz").status_code == 200
    assert nobody.get("/readyz").status_code == 200


def test_push_services_are_origins_as_endpoints_have_them(tmp_path: Path) -> None:
    listed = "https://Push.Example.org:443 , http://127.0.0.1:8123,http://localhost:80,"
    config = Config({"INSTANCE_PATH": str(tmp_path), "PUSH_SERVICES": listed}, is_serving=False)
    assert config.PUSH_SERVICES == ["https://push.example.org", "http://127.0.0.1:8123", "http://localhost"]
