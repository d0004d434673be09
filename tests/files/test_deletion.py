"""What is deleted leaves the storage; what was never sent, too; and nothing else does."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.files import check_of, fetch, objects, picture, send_files, upload
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually

Connect = Callable[..., Socket]
Start = Callable[..., Server]
LONG_AGO = "2026-01-01 00:00:00"


def make_due(server: Server) -> None:
    """What was deleted is so for good, now."""
    server.database.execute("UPDATE deletion SET purge_at = ?", LONG_AGO)


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_the_storage_is_as_small_as_before(
    start_with: Start, make_cast: Callable[[Server], Cast], connect: Connect
) -> None:
    server = start_with()
    cast = make_cast(server)
    conversation = cast.alice.talk_to(cast.bob)
    hers = connect(cast.alice)
    kept = upload(cast.alice, "kept.txt", b"kept")
    send_files(hers, conversation, kept)
    assert objects(server) == 1
    files = [upload(cast.alice, "beach.jpg", picture()), upload(cast.alice, "big.bin", os.urandom(7_000_000))]
    message = send_files(hers, conversation, *files)
    assert objects(server) == 4, "a thumbnail, too"
    hers.request("message_delete", {"message_id": message["id"]})
    assert [fetch(cast.bob, file["url"]).status_code for file in files] == [404, 404]
    assert objects(server) == 4, "it can be undone"
    make_due(server)
    eventually(lambda: objects(server) == 1, within=30)
    assert fetch(cast.bob, kept["url"]).content == b"kept"
    eventually(lambda: server.database.rows("SELECT * FROM file_removal") == [])
    assert len(server.database.rows("SELECT * FROM attachment")) == 1
    assert size_of(server.folder / "uploads") == 0
    if (server.folder / "files").exists():
        assert [path.name for path in (server.folder / "files").rglob("*") if path.is_file()] == [
            kept["url"].split("/")[2]
        ]


def test_what_was_never_sent_goes_after_a_day(
    start_with: Start, make_cast: Callable[[Server], Cast], connect: Connect
) -> None:
    server = start_with()
    alice = make_cast(server).alice
    bob = make_cast(server).bob
    conversation = alice.talk_to(bob)
    old, young, sent = (upload(alice, name, b"x") for name in ("old.txt", "young.txt", "sent.txt"))
    send_files(connect(alice), conversation, sent)
    for file in (old, sent):
        server.database.execute("UPDATE attachment SET created_at = ? WHERE id = ?", LONG_AGO, file["id"])
    # More than go at once
    server.database.execute(
        "INSERT INTO attachment"
        " (key, user_id, position, name, kind, content_type, size, is_animated, created_at)"
        " WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 450)"
        " SELECT 'never there ' || n, ?, 0, 'a.txt', 'file', 'text/plain', 1, FALSE, ? FROM number",
        alice.id,
        LONG_AGO,
    )
    server.restart()  # it looks at its start, and each hour
    eventually(lambda: fetch(alice, old["url"]).status_code == 404)
    eventually(lambda: len(server.database.rows("SELECT id FROM attachment")) == 2)
    eventually(lambda: objects(server) == 2, within=30)
    assert fetch(alice, young["url"]).status_code == fetch(bob, sent["url"]).status_code == 200


def test_a_storage_that_is_away_is_tried_again_until_it_is_gone(
    start_with: Start,
    make_cast: Callable[[Server], Cast],
    connect: Connect,
    storage: dict[str, str],
    request: pytest.FixtureRequest,
) -> None:
    """The message is gone at once; the bytes as soon as that can be."""
    server = start_with()
    alice, bob = make_cast(server).alice, make_cast(server).bob
    conversation = alice.talk_to(bob)
    file = upload(alice, "a.txt", b"a")
    hers = connect(alice)
    message = send_files(hers, conversation, file)
    folder = server.folder / "files"
    if storage:
        request.getfixturevalue("s3").pause()
    else:
        path = next(path for path in folder.rglob("*") if path.is_file())
        kept = path.rename(path.with_name("elsewhere"))
        path.mkdir()  # which cannot be removed like a file
        (path / "full").touch()
    hers.request("message_delete", {"message_id": message["id"]})
    make_due(server)
    try:
        eventually(lambda: "could not remove" in server.log(), within=60)
        assert hers.send(conversation, "the chat goes on")["seq"] == 2
    finally:
        if storage:
            request.getfixturevalue("s3").resume()
        else:
            (path / "full").unlink()
            path.rmdir()
            kept.rename(path)
    server.database.execute("UPDATE file_removal SET due_at = ?", LONG_AGO)
    eventually(lambda: server.database.rows("SELECT * FROM file_removal") == [], within=30)
    assert objects(server) == 0


def test_what_a_killed_process_had_half_written_goes_too(start_with: Start, storage: dict[str, str]) -> None:
    if storage:
        pytest.skip("S3 shows nothing of what came in half")
    server = start_with()
    half = server.folder / "files" / "ab" / "abcd#1"  # as the library calls it, and never lists it
    half.parent.mkdir()
    half.write_bytes(b"half of it")
    server.database.execute("INSERT INTO file_removal (name, due_at, tries) VALUES (?, ?, 0)", "ab/abcd", LONG_AGO)
    eventually(lambda: server.database.rows("SELECT * FROM file_removal") == [], within=30)
    assert objects(server) == 0


def test_orphans_and_holes_are_found(start_with: Start, make_cast: Callable[[Server], Cast], connect: Connect) -> None:
    server = start_with()
    alice = make_cast(server).alice
    files = [upload(alice, name, picture() if name == "a.jpg" else b"x") for name in ("a.jpg", "b.txt", "c.txt")]
    assert check_of(server) == ["4 objects, 0 orphans, 0 holes."]
    # As after a backup of the database that is older than the files
    server.database.execute("DELETE FROM attachment WHERE id = ?", files[0]["id"])
    server.database.execute("UPDATE attachment SET size = 2 WHERE id = ?", files[1]["id"])
    keys = [file["url"].split("/")[2] for file in files]
    names = [f"{key[:2]}/{key}" for key in keys]
    assert check_of(server, status=1) == [
        f"orphan  {names[0]}",
        f"orphan  {names[0]}-thumbnail",
        f"hole    {names[1]}",
        "4 objects, 2 orphans, 1 holes.",
    ]
    assert check_of(server, "--repair", status=1)[-1] == "The orphans are removed, or will be."
    assert check_of(server, status=1)[-1] == "2 objects, 0 orphans, 1 holes."
    assert fetch(alice, files[2]["url"]).content == b"x"
    assert "to be removed" in server.flask("files", "stats")


def test_the_folder_is_nobody_elses(server: Server, alice: Person) -> None:
    upload(alice, "a.txt", b"a")
    for folder in (server.folder / "files", server.folder / "uploads"):
        if folder.exists():
            assert folder.stat().st_mode & 0o777 == 0o700
