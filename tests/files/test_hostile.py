"""What strangers may send: none of it runs, none is served as something else, none is left behind or grows."""

import io
import json
import os
import zipfile
from collections.abc import Callable
from functools import cache
from urllib.parse import unquote

import pytest

from tests.support.files import error_of, fetch, objects, picture, try_upload, upload
from tests.support.people import Cast, Person
from tests.support.raw_upload import HEAD, raw_upload, read_all
from tests.support.server import Server
from tests.support.waiting import eventually

SCRIPT = b"<script>document.title = 'pwned'</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"


@cache
def zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 50_000_000)
    return buffer.getvalue()


DOWNLOADS = {
    "drawing.svg": SVG,
    "page.html": b"<!doctype html>" + SCRIPT,
    "page.xhtml": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">' + SCRIPT + b"</html>",
    "photo.jpg": b"<html>" + SCRIPT,
    "photo.png": SVG,
    "paper.pdf": b"%PDF-1.7\n/JavaScript" + SCRIPT,
    "script.js": b"alert(1)",
    "worker.wasm": b"\0asm\1\0\0\0",
    "clip.mp4": SCRIPT,
    "archive.zip": zip_bomb(),
    "photo.heic": b"\0\0\0\x18ftypheic" + SCRIPT,
    "scan.tiff": b"II*\0" + b"\0" * 100,
    "icon.ico": b"\0\0\1\0" + SCRIPT,
    "sheet.css": b"body { background: url(//evil.example) }",
    "feed.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
}


@pytest.mark.parametrize("claimed", ["", "text/html", "image/svg+xml", "image/png"])
def test_all_but_pictures_films_and_sound_are_only_downloads(claimed: str, alice: Person) -> None:
    for name, data in DOWNLOADS.items():
        made = try_upload(alice, name, data, claimed).json()
        assert (made["kind"], made["content_type"], made["name"]) == ("file", "application/octet-stream", name)
        answer = fetch(alice, made["url"])
        assert answer.content == data
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_nothing_runs_by_its_headers(alice: Person, storage: dict[str, str]) -> None:
    for name, data in {"a.jpg": picture(), "a.svg": SVG, "a.mp4": b"\0\0\0\x18ftypisom" + SCRIPT}.items():
        made = upload(alice, name, data)
        answer = alice.get(made["url"])
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        if storage:  # where it is not of this origin, and has no cookie
            assert answer.status_code == 302
            assert answer.headers["Cache-Control"] == "no-store"
            continue
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'none'", "sandbox"} <= set(policy)
        assert "script" not in answer.headers["Content-Security-Policy"]


def test_polyglots_are_what_they_are_shown_as(alice: Person) -> None:
    """A picture that is also a page, a script or an archive is a picture afterwards, and nothing else."""
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        for tail in (SCRIPT, zip_bomb(), b"/*/=1;alert(1)//"):
            made = upload(alice, "both.html", picture(kind) + tail)
            assert made["kind"] == "image"
            assert made["name"].rpartition(".")[2] in ("jpg", "png", "gif", "webp")
            assert tail not in fetch(alice, made["url"]).content


def test_films_and_sound_play_under_their_own_type(alice: Person) -> None:
    for name, data, content_type, kept in (
        ("a.mp4", b"\0\0\0\x18ftypisom", "video/mp4", "a.mp4"),
        ("a.html", b"\0\0\0\x18ftypmp42", "video/mp4", "a.html.mp4"),
        ("a", b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01B\x82\x84webm", "video/webm", "a.webm"),
        ("a.jpg", b"OggS" + b"\0" * 30, "audio/ogg", "a.ogg"),
        ("a.mp3", b"ID3\4\0", "audio/mpeg", "a.mp3"),
        ("a.m4a", b"\0\0\0\x18ftypM4A ", "audio/mp4", "a.m4a"),
        ("a.wav", b"RIFF\0\0\0\0WAVEfmt ", "audio/wav", "a.wav"),
        ("a.flac", b"fLaC\0", "audio/flac", "a.flac"),
    ):
        made = upload(alice, name, data + b"\0" * 100)
        assert (made["content_type"], made["name"], made["kind"]) == (content_type, kept, content_type.split("/")[0])
        answer = fetch(alice, made["url"])
        assert answer.headers["Content-Type"] == content_type
        assert answer.headers["Content-Disposition"].startswith("inline;")


NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\system32\\calc.exe": "calc.exe",
    "/": "file",
    "..": "file",
    ".htaccess": "htaccess",
    "a\r\nSet-Cookie: x=y.txt": "a Set-Cookie_ x=y.txt",
    'a"; filename="b.html': "a__ filename=_b.html",
    "invoice\u202egpj.exe": "invoicegpj.exe",
    "\u2066\u200fphoto\u2069.txt": "photo.txt",
    "тест 試験 اختبار.txt": "тест 試験 اختبار.txt",
    "👩‍👩‍👧 party.txt": "👩‍👩‍👧 party.txt",
    "a\0b.txt": "a b.txt",
    "a＂; filename=＂b／..／c％0d.html": "a＂_ filename=＂b／..／c％0d.html",
    "thumbnail.webp": "thumbnail 1.webp",
    "x" * 400 + ".txt": "x" * 196 + ".txt",
    "ü" * 400 + ".txt": "ü" * 98 + ".txt",
    "50%.txt": "50_.txt",
    "  . ": "file",
}


def test_names_of_every_kind(alice: Person) -> None:
    for name, cleaned in NAMES.items():
        if "\r" in name or "\0" in name or '"' in name:
            headers = "Content-Disposition: form-data; name=file; filename*=UTF-8''" + "".join(
                f"%{byte:02x}" for byte in name.encode()
            )
        else:
            headers = f'Content-Disposition: form-data; name="file"; filename="{name}"'.replace("\\", "\\\\")
        answer = read_all(raw_upload(alice, headers.encode(), b"x\r\n--B--\r\n"))
        assert b" 201 " in answer.split(b"\r\n")[0], (name, answer)
        made = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert made["name"] == cleaned, name
        assert unquote(made["url"].split("/")[3]) == cleaned
        shown = fetch(alice, made["url"])
        assert shown.status_code == 200, name
        disposition = shown.headers["Content-Disposition"]
        assert disposition.isascii()
        assert disposition.count('"') == 2
        assert not set("/\\%") & set(disposition.partition("; filename*=")[0])
        assert "Set-Cookie" not in shown.headers or "x=y" not in shown.headers["Set-Cookie"]
        assert cleaned in (disposition.split('"')[1], unquote(disposition.partition("filename*=UTF-8''")[2]))


def test_the_limit_holds_whatever_is_claimed(
    start_with: Callable[..., Server], make_cast: Callable[[Server], Cast]
) -> None:
    server = start_with(MAX_UPLOAD_MB="1")
    alice = make_cast(server).alice
    assert alice.boot()["limits"]["upload_bytes"] == 1024 * 1024
    assert upload(alice, "a.bin", os.urandom(1024 * 1024))["size"] == 1024 * 1024
    answer = try_upload(alice, "a.bin", os.urandom(1024 * 1024 + 1))
    assert error_of(answer) == (413, "too_long")
    assert "1 MB" in answer.json()["error"]["message"]
    much = os.urandom(3_000_000) + b"\r\n--B--\r\n"
    assert b" 413 " in read_all(raw_upload(alice, HEAD, much, -1)).split(b"\r\n")[0]
    assert b" 413 " in read_all(raw_upload(alice, HEAD, much)).split(b"\r\n")[0]
    assert b" 201 " not in read_all(raw_upload(alice, HEAD, much, 500_000))
    assert b" 201 " in read_all(raw_upload(alice, HEAD, b"fine\r\n--B--\r\n", -1)).split(b"\r\n")[0]
    assert objects(server) == 2
    assert list((server.folder / "uploads").iterdir()) == []


def test_what_breaks_off_leaves_nothing(start_with: Callable[..., Server], make_cast: Callable[[Server], Cast]) -> None:
    server = start_with()
    alice = make_cast(server).alice
    for _ in range(6):
        wire = raw_upload(alice, HEAD, os.urandom(600_000), 5_000_000)
        wire.close()
    eventually(lambda: try_upload(alice, "a.txt", b"a").status_code == 201, within=30)  # there is room again
    assert objects(server) == 1
    assert server.database.rows("SELECT * FROM file_removal") == []
    assert list((server.folder / "uploads").iterdir()) == []


def test_too_many_at_once_wait(alice: Person) -> None:
    waiting = [raw_upload(alice, HEAD, b"x" * 20_000, 1_000_000) for _ in range(4)]

    def is_full() -> bool:
        waiting.append(raw_upload(alice, HEAD, b"x" * 20_000, 1_000_000))  # in case the last try was before one of them
        return try_upload(alice, "a.txt", b"a").status_code == 429

    eventually(is_full, every=0.2)
    for wire in waiting:
        wire.close()
    eventually(lambda: try_upload(alice, "a.txt", b"a").status_code == 201, within=30)


def test_forms_that_are_none(alice: Person) -> None:
    url = f"{alice.url}/api/files"
    headers = {"X-CSRFToken": alice.token}
    for options in (
        {},
        {"data": b"x"},
        {"json": {"file": "x"}},
        {"data": {"file": "x"}},
        {"files": {"other": ("a.txt", b"a")}},
        {"files": [("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))]},
    ):
        assert error_of(alice.http.post(url, headers=headers, timeout=30, **options)) == (400, "bad_request"), options
    assert error_of(try_upload(alice, "empty.txt", b"")) == (415, "bad_request")
    for body in (b"", b"--B", b"--B\r\n\r\n", b"\r\n" * 100_000, b"--B\r\n" + b"a" * 200_000):
        answer = alice.http.post(
            url, data=body, headers=headers | {"Content-Type": "multipart/form-data; boundary=B"}, timeout=30
        )
        assert error_of(answer) == (400, "bad_request"), body[:20]
