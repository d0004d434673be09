"""Templates, ready before anybody asks for a page."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Compile all of them: done at the first visit, those of one page stop a worker's loop for some 35 ms."""
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
