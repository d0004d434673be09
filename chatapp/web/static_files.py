"""Static files under a name that changes with their content, so that browsers may keep them for good."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import url_for

FOLDER = Path(__file__).resolve().parent.parent / "static"
# Runs before the first paint to set the theme; the only script that is no module.
_CLASSIC_SCRIPT = "js/before_paint.js"


@cache
def version() -> str:
    """A short hash over all static files; part of their address. Modules import each other by relative
    path, so one hash for the whole folder carries over to them."""
    digest = hashlib.sha256()
    for path in _files("*"):
        digest.update(str(path.relative_to(FOLDER)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def module_urls() -> list[str]:
    """The addresses of all ES modules, for ``modulepreload``: nothing waits in a chain of imports."""
    return [url_for("static", filename=name) for name in _module_names()]


@cache
def _module_names() -> list[str]:
    names = [path.relative_to(FOLDER).as_posix() for path in _files("*.js")]
    return [name for name in names if name != _CLASSIC_SCRIPT]


def _files(pattern: str) -> list[Path]:
    return sorted(path for path in FOLDER.rglob(pattern) if path.is_file())
