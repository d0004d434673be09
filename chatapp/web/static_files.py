"""Static files: read once, freed of comments and compressed once, and under a name that changes with their content,
so that browsers may keep them for good. A changed file shows after a restart."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import brotli
from flask import Flask, Response, abort, request, url_for

from chatapp.lib import offload

FOLDER = Path(__file__).resolve().parent.parent / "static"
# Served apart, at a fixed address: web/installed.py.
SERVICE_WORKER = "js/service_worker.js"
# The scripts that are no modules; the first runs before the first paint to set the theme.
_CLASSIC_SCRIPTS = ("js/before_paint.js", SERVICE_WORKER)
# Loaded when first wanted, or by another page than the chat's.
_NOT_AT_FIRST = ("js/on_demand/", "js/settings/", "js/vendor/linkify")
_WORTH_COMPRESSING = ("text/", "application/javascript", "image/svg+xml")
_FOREVER = "public, max-age=31536000, immutable"
# Indentation, and lines that are comments, of scripts and sheets of our own: a fifth of what travels. Lines keep their
# numbers. That this is all of no meaning takes text that goes over several lines nowhere (tests/test_static_files.py).
_FOR_READERS = re.compile(r"^[ \t]*(?:(?://.*|/\*(?:[^*]|\*(?!/))*\*/)[ \t]*$)?", re.MULTILINE)
# Pages ask for one sheet; the headers of thirty would weigh more than they do.
_EVERYWHERE = ("tokens", "base", "icon", "button", "avatar", "form", "theme_switch")
_OF_THE_CHAT = (
    *("shell", "people", "archived", "me", "connection", "conversation", "message", "timeline", "skeleton", "composer"),
    *("attachments", "tray", "viewer"),
    *("dialog", "picker", "group", "menu", "details", "presence", "notices"),
)
SHEETS = {
    "css/page.css": (*_EVERYWHERE, "card", "dialog", "settings", "crop", "this_browser"),
    "css/chat.css": (*_EVERYWHERE, *_OF_THE_CHAT),
}
# The whole set of headers on each of many small files would weigh more than some of the files.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": _FOREVER,
    "Vary": "Accept-Encoding",
}
# For what a browser would show as a document of its own; scripts and sheets are text then, with nothing to forbid.
_POLICY = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
_TEXT_ONLY = ("text/css", "text/javascript", "application/javascript")


def init_app(app: Flask) -> None:
    """Serve them at ``/static/<version>/``; the endpoint is ``static``, as Flask's own would be."""
    app.add_url_rule(f"/static/{version()}/<path:filename>", "static", _serve)


@cache
def version() -> str:
    """A short hash over all static files; part of their address. Modules import each other by relative
    path, so one hash for the whole folder carries over to them."""
    digest = hashlib.sha256(repr(SHEETS).encode())
    for name, path in _files().items():
        digest.update(name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def module_urls() -> list[str]:
    """The addresses of the ES modules of a page, for ``modulepreload``: nothing waits in a chain of imports."""
    names = [name for name in _files() if name.endswith(".js") and not name.startswith(_NOT_AT_FIRST)]
    return [url_for("static", filename=name) for name in names if name not in _CLASSIC_SCRIPTS]


def text_of(filename: str) -> str:
    """One of the files, for who serves it under another address."""
    return _content(filename).decode()


def _serve(filename: str) -> Response:
    if filename not in _files() and filename not in SHEETS:
        abort(404)
    content_type = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    response = Response(_content(filename), content_type=content_type, headers=_HEADERS)
    if not content_type.startswith(_TEXT_ONLY):
        response.headers.update(_POLICY)
    if content_type.startswith(_WORTH_COMPRESSING):
        encoding = request.accept_encodings.best_match(_ENCODINGS)
        if encoding:
            response.data = _compressed(filename, encoding)
            response.headers["Content-Encoding"] = encoding
    return response


@cache
def _files() -> dict[str, Path]:
    return {path.relative_to(FOLDER).as_posix(): path for path in sorted(FOLDER.rglob("*")) if path.is_file()}


@cache
def _content(filename: str) -> bytes:
    if filename in SHEETS:
        return b"".join(_content(f"css/{name}.css") for name in SHEETS[filename])
    content = _files()[filename].read_bytes()
    if filename.endswith((".js", ".css")) and "/vendor/" not in filename:
        content = _FOR_READERS.sub(lambda found: "\n" * found[0].count("\n"), content.decode()).encode()
    return content


@cache
def _compressed(filename: str, encoding: str) -> bytes:
    return offload.run(_ENCODINGS[encoding], _content(filename))


_ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda data: brotli.compress(data, quality=10),
    "gzip": lambda data: gzip.compress(data, 9, mtime=0),
}
