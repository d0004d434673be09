"""The short look at the database before a start says yes only when that is sure."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from config import Config
from serving.checks import is_current
from tests.support.running import run_flask


@pytest.fixture
def config(tmp_path: Path) -> Config:
    url = f"sqlite:///{tmp_path}/chat.db"
    run_flask("db", "upgrade", DATABASE_URL=url, INSTANCE_PATH=str(tmp_path))
    return Config({"APP_ENV": "development", "INSTANCE_PATH": str(tmp_path), "DATABASE_URL": url})


def test_a_migrated_database_is_current(config: Config) -> None:
    assert is_current(config)


def test_an_older_one_is_not(config: Config, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "chat.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    assert not is_current(config)


def test_none_is_not(config: Config, tmp_path: Path) -> None:
    (tmp_path / "chat.db").unlink()
    assert not is_current(config)
    assert not (tmp_path / "chat.db").exists(), "looking made one"


def test_a_server_out_of_reach_is_not(tmp_path: Path) -> None:
    settings = {"APP_ENV": "development", "INSTANCE_PATH": str(tmp_path)}
    assert not is_current(Config(settings | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/chat"}))
