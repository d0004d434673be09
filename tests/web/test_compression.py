"""Answers are compressed for those who take gzip: what is large in a thread, with no database connection kept."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from chatapp import create_app
from chatapp.extensions import db
from chatapp.web import compression
from config import Config

BODY = '{"body": "%s"}'


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = create_app(Config({"INSTANCE_PATH": str(tmp_path)}, is_serving=False))

    @made.get("/answers/<int:size>")
    def answer(size: int) -> tuple[str, dict[str, str]]:
        db.session.execute(text("SELECT 1"))
        return BODY % ("x" * size), {"Content-Type": "application/json"}

    yield made
    with made.app_context():
        db.engine.dispose()


class Threads:
    """Notes what is handed over, and how many database connections are kept meanwhile."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def run(self, function: Callable[[bytes], bytes], data: bytes) -> Any:
        self.seen.append((len(data), db.engine.pool.checkedout()))  # type: ignore[attr-defined]
        return function(data)


@pytest.mark.parametrize(("size", "is_handed_over"), [(2_000, False), (20_000, False), (40_000, True), (999_000, True)])
def test_what_is_large_is_compressed_in_a_thread(
    app: Flask, monkeypatch: pytest.MonkeyPatch, size: int, is_handed_over: bool
) -> None:
    threads = Threads()
    monkeypatch.setattr(compression, "_workers", threads)
    answer = app.test_client().get(f"/answers/{size}", headers={"Accept-Encoding": "gzip"})
    whole = (BODY % ("x" * size)).encode()
    assert gzip.decompress(answer.data) == whole
    assert int(answer.headers["Content-Length"]) == len(answer.data) < len(whole)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert threads.seen == ([(len(whole), 0)] if is_handed_over else [])


def test_who_takes_no_gzip_gets_it_as_it_is(app: Flask) -> None:
    answer = app.test_client().get("/answers/40000", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in answer.headers
    assert answer.data == (BODY % ("x" * 40_000)).encode()
