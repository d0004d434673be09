"""The migrations lead to what the models say, up and down, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.database import Database
from tests.support.running import ROOT, run_flask
from tests.support.services import Postgres

COUNT = len(list((ROOT / "migrations/versions").glob("*.py")))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        return Database(f"sqlite:///{tmp_path}/empty.db")
    return Database(request.getfixturevalue("empty_postgresql"))


@pytest.fixture
def empty_postgresql(postgres: Postgres, tmp_path: Path) -> str:
    return postgres.create_database(f"empty_{abs(hash(tmp_path))}")


@pytest.fixture
def flask(empty: Database, tmp_path: Path) -> Callable[..., str]:
    return lambda *arguments: run_flask(*arguments, DATABASE_URL=empty.url, INSTANCE_PATH=str(tmp_path))


def test_up_down_and_up_again(empty: Database, flask: Callable[..., str]) -> None:
    flask("db", "upgrade")
    made = sorted(empty.tables())
    assert {"user", "login", "conversation", "membership", "message"} <= set(made)
    assert "No new upgrade operations" in flask("db", "check"), "models and migrations differ"
    flask("db", "downgrade", "base")
    assert empty.tables() == ["alembic_version"]
    for _ in range(COUNT):
        flask("db", "upgrade", "+1")
    assert sorted(empty.tables()) == made


def test_of_several_upgrades_at_once_one_migrates(empty_postgresql: str, tmp_path: Path) -> None:
    """As when several machines are deployed to."""
    settings = {"DATABASE_URL": empty_postgresql, "INSTANCE_PATH": str(tmp_path)}
    with ThreadPoolExecutor(3) as pool:
        for _ in pool.map(lambda _: run_flask("db", "upgrade", **settings), range(3)):
            pass
    assert "user" in Database(empty_postgresql).tables()
