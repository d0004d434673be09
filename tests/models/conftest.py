"""Empty databases of both kinds, to migrate."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.database import Database
from tests.support.running import run_flask
from tests.support.services import Postgres


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.thorough)])
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
