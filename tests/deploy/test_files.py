"""Files behind nginx, which sends them once the app has said that somebody may have them."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.deploy.conftest import Site
from tests.support.files import error_of, picture, send_files, try_upload, upload
from tests.support.sockets import Socket

pytestmark = pytest.mark.several_workers


def test_nginx_sends_what_the_app_allows(site: Site, connect: Callable[..., Socket]) -> None:
    alice, bob, charlie = (site.cast.person(stem) for stem in ("alice", "bob", "charlie"))
    hers = connect(alice)
    film = b"\0\0\0\x18ftypisom" + os.urandom(2_000_000)
    files = [upload(alice, "тест.mp4", film), upload(alice, "a.jpg", picture()), upload(alice, "a.svg", b"<svg/>")]
    message = send_files(hers, alice.talk_to(bob), *files)
    for file in files:
        answer = bob.get(file["url"])
        assert (answer.status_code, len(answer.content)) == (200, file["size"])
        assert answer.headers["Content-Type"] == file["content_type"]
        is_shown = file["kind"] != "file"
        assert answer.headers["Content-Disposition"].startswith("inline" if is_shown else "attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["Strict-Transport-Security"]
        assert "X-Accel-Redirect" not in answer.headers
        again = bob.get(file["url"], headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        assert charlie.get(file["url"]).status_code == 404
        assert site.cast.stranger().get(file["url"]).status_code == 302
    part = bob.get(files[0]["url"], headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, film[100:200])
    assert bob.get(files[1]["thumbnail_url"]).headers["Content-Type"] == "image/webp"
    hers.request("message_delete", {"message_id": message["id"]})
    assert {bob.get(file["url"]).status_code for file in files} == {404}


def test_nobody_gets_in_past_the_app(site: Site, connect: Callable[..., Socket]) -> None:
    alice = site.cast.person()
    key = upload(alice, "a.txt", b"a")["url"].split("/")[2]
    headers: Any
    for path in (
        f"/_files/{key[:2]}/{key}",
        "/_files/",
        "/_files/../etc/passwd",
        f"/files/..%2f_files/{key[:2]}/{key}",
    ):
        for headers in ({}, {"X-Accel-Redirect": f"/_files/{key[:2]}/{key}"}):
            assert alice.get(path, headers=headers).status_code in (400, 404), path


def test_as_large_as_the_app_takes(site: Site) -> None:
    alice = site.cast.person()
    assert upload(alice, "a.bin", os.urandom(25 * 1024 * 1024))["size"] == 25 * 1024 * 1024
    assert error_of(try_upload(alice, "a.bin", os.urandom(25 * 1024 * 1024 + 1))) == (413, "too_long")
    assert try_upload(alice, "a.bin", os.urandom(27 * 1024 * 1024)).status_code == 413
