"""The migrations lead to what the models say, up and down, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.database import Database
from tests.support.running import run_flask


def test_up_down_and_up_again(empty: Database, flask: Callable[..., str]) -> None:
    flask("db", "upgrade")
    made = sorted(empty.tables())
    assert {"user", "login", "conversation", "membership", "message"} <= set(made)
    assert "No new upgrade operations" in flask("db", "check"), "models and migrations differ"
    flask("db", "downgrade", "base")
    assert empty.tables() == ["alembic_version"]
    flask("db", "upgrade")
    assert sorted(empty.tables()) == made


def test_of_several_upgrades_at_once_one_migrates(empty_postgresql: str, tmp_path: Path) -> None:
    """As when several machines are deployed to."""
    settings = {"DATABASE_URL": empty_postgresql, "INSTANCE_PATH": str(tmp_path)}
    with ThreadPoolExecutor(3) as pool:
        for _ in pool.map(lambda _: run_flask("db", "upgrade", **settings), range(3)):
            pass
    assert "user" in Database(empty_postgresql).tables()
