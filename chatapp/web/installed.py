"""What makes a browser treat the chat as an app of its own: the manifest, and the service worker that shows what is
pushed while no page is open. Both at fixed addresses and the same for everybody."""

from __future__ import annotations

import json

from flask import Blueprint, Response, current_app, url_for
from flask.typing import ResponseReturnValue

from chatapp.web.static_files import SERVICE_WORKER, text_of

installed = Blueprint("installed", __name__)

_REVALIDATE = "no-cache"
# As `--sunken` and `--ground` of css/tokens.css in the light theme.
_THEME, _BACKGROUND = "#f6f3ef", "#fdfcfb"
_ICONS = (
    ("icon_192.png", "192x192", "any"),
    ("icon_512.png", "512x512", "any"),
    ("icon_maskable_512.png", "512x512", "maskable"),
)


@installed.get("/service-worker.js")
def service_worker() -> ResponseReturnValue:
    """The script that browsers keep and ask for again; it learns here where this version's pictures are."""
    icons = {name: _icon(name) for name in ("icon_192.png", "badge_96.png")}
    code = f"self.ICONS = {json.dumps(icons)};\n{text_of(SERVICE_WORKER)}"
    headers = {"Service-Worker-Allowed": "/", "Cache-Control": _REVALIDATE}
    return Response(code, content_type="text/javascript; charset=utf-8", headers=headers)


@installed.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    """By which the chat can be put on a home screen; on iOS only then pushes come."""
    name = current_app.config["SITE_NAME"]
    about = {
        "id": "/chat",
        "name": name,
        "short_name": name if len(name) <= 12 else name.split()[0][:12],
        "start_url": "/chat",
        "scope": "/",
        "display": "standalone",
        "theme_color": _THEME,
        "background_color": _BACKGROUND,
        "icons": [
            {"src": _icon(file), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for file, sizes, purpose in _ICONS
        ],
    }
    headers = {"Cache-Control": _REVALIDATE}
    return Response(json.dumps(about), content_type="application/manifest+json", headers=headers)


def _icon(name: str) -> str:
    return url_for("static", filename=f"icons/{name}")
