"""People's pictures, for those who are logged in. The address has the hash of the picture, so it is kept for good."""

from __future__ import annotations

from flask import Blueprint, Response, abort
from flask_login import current_user

from chatapp.auth import profile

pictures = Blueprint("pictures", __name__)

_HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    # Should it ever be opened by itself: nothing in it runs, or loads anything.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


@pictures.get("/avatars/<row_id:user_id>/<name>.webp")
def show(user_id: int, name: str) -> Response:
    """One picture; an old one is no longer there. Whether there is any is nothing for guests."""
    image = profile.picture(user_id, name) if current_user.is_authenticated else None
    if image is None:
        abort(404)
    return Response(image, mimetype="image/webp", headers=_HEADERS)
