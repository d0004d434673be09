"""Quotas, and a disk that is full."""

import os
from collections.abc import Callable

import pytest

from tests.support.files import error_of, objects, send_files, try_upload, upload
from tests.support.people import Cast
from tests.support.server import Server
from tests.support.small_disk import small_disk
from tests.support.sockets import Socket
from tests.support.waiting import eventually

Connect = Callable[..., Socket]
Start = Callable[..., Server]
MakeCast = Callable[[Server], Cast]


def test_one_persons_room(start_with: Start, make_cast: MakeCast, connect: Connect) -> None:
    server = start_with(QUOTA_MB="1")
    cast = make_cast(server)
    conversation = cast.alice.talk_to(cast.bob)
    hers = connect(cast.alice)
    message = send_files(hers, conversation, upload(cast.alice, "a.bin", os.urandom(900_000)))
    answer = try_upload(cast.alice, "b.bin", os.urandom(200_000))
    assert error_of(answer) == (507, "no_space")
    assert answer.json()["error"]["message"].startswith("You have used up the 1 MB")
    upload(cast.alice, "small.bin", b"x")
    upload(cast.bob, "b.bin", os.urandom(200_000))
    assert hers.send(conversation, "the chat goes on")["seq"] == 2
    hers.request("message_delete", {"message_id": message["id"]})
    server.database.execute("UPDATE deletion SET purge_at = ?", "2026-01-01 00:00:00")
    eventually(lambda: try_upload(cast.alice, "b.bin", os.urandom(200_000)).status_code == 201, within=30, every=0.5)
    eventually(lambda: objects(server) == 3)


def test_the_room_of_all_together(start_with: Start, make_cast: MakeCast) -> None:
    server = start_with(STORAGE_MB="1", QUOTA_MB="0")
    cast = make_cast(server)
    upload(cast.alice, "a.bin", os.urandom(900_000))
    answer = try_upload(cast.bob, "b.bin", os.urandom(200_000))
    assert error_of(answer) == (507, "no_space")
    assert answer.json()["error"]["message"].startswith("All files together have")


def test_a_full_disk(
    start_with: Start,
    make_cast: MakeCast,
    connect: Connect,
    storage: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Of files only; the database has another one."""
    if storage:
        pytest.skip("that of an S3 is its own affair")
    with small_disk(tmp_path_factory.mktemp("disk"), megabytes=2) as disk:
        server = start_with(STORAGE_URL=str(disk / "files"))
        cast = make_cast(server)
        conversation = cast.alice.talk_to(cast.bob)
        upload(cast.alice, "a.bin", os.urandom(1_000_000))
        answer = try_upload(cast.alice, "b.bin", os.urandom(1_500_000))
        assert error_of(answer) == (507, "no_space")
        assert "disk is full" in answer.json()["error"]["message"]
        eventually(lambda: server.database.rows("SELECT * FROM file_removal") == [], within=30)
        assert connect(cast.alice).send(conversation, "the chat goes on")["seq"] == 1
        assert upload(cast.bob, "small.txt", b"x")["size"] == 1
        server.close()
