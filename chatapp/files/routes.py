"""Uploading, and getting files: each time it is asked whether one may."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from flask import Blueprint, Response, abort, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError

from chatapp.extensions import csrf, db, throttle
from chatapp.files import attachments, incoming, uploads
from chatapp.files.storage import StorageError, storage
from chatapp.lib.errors import ChatError, rate_limited, unavailable
from chatapp.lib.file_names import THUMBNAIL, disposition
from chatapp.models import Attachment
from chatapp.realtime.wire import attachment_wire
from chatapp.web.bodies import streamed

log = logging.getLogger(__name__)
files = Blueprint("files", __name__)
_KEY = re.compile(r"[0-9a-f]{32}")
# Whatever it is, it runs nothing and asks for nothing, also opened by itself.
_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; frame-ancestors 'none'; sandbox"


@files.post("/api/files")
@streamed
@csrf.exempt  # which would read the whole form for the token; it is looked at below
@login_required
def create_file() -> ResponseReturnValue:
    """Take one file in, for ``attachment_ids`` of a message."""
    try:
        _check_token()
        if wait := throttle.hit("file_create", _me()):
            raise rate_limited(wait)
        _check_announced()
        stream, boundary = _form()
        with incoming.receiving(request.environ, _me(), uploads.folder(), _limits()) as upload:
            db.session.commit()  # nobody keeps a database connection while somebody uploads
            upload.read(stream, boundary)
            made = uploads.keep(current_user.user, upload)
            return attachment_wire(made), 201
    except ChatError:
        db.session.commit()  # nor while what was refused is read
        incoming.read_on(request.environ)
        raise


@files.delete("/api/files/<row_id:attachment_id>")
@login_required
def delete_file(attachment_id: int) -> ResponseReturnValue:
    """Take back what is not sent yet."""
    if wait := throttle.hit("api", _me()):
        raise rate_limited(wait)
    attachments.discard(_me(), attachment_id)
    return {}


@files.get("/files/<key>/<name>")
@login_required
def show_file(key: str, name: str) -> ResponseReturnValue:
    """A file, or the thumbnail of a picture."""
    attachment = attachments.visible_to(_me(), key) if _KEY.fullmatch(key) else None
    if attachment is None or name not in (attachment.name, THUMBNAIL):
        abort(404)
    is_thumbnail = name == THUMBNAIL
    if is_thumbnail and attachment.thumbnail_size is None:
        abort(404)
    db.session.commit()  # nobody keeps a database connection while somebody downloads
    return _answer(attachment, is_thumbnail=is_thumbnail)


def _answer(attachment: Attachment, *, is_thumbnail: bool) -> Response:
    object_name = attachments.object_names(attachment.key, has_thumbnail=True)[is_thumbnail]
    # What is shown elsewhere would be so in place of the page, had it asked for a download and been sent there.
    is_download = attachment.kind != "file" and "download" in request.args
    if not is_download and (address := storage().address_of(object_name)):
        return cast(Response, redirect(address))
    size = (attachment.thumbnail_size if is_thumbnail else attachment.size) or 0
    response = Response(content_type="image/webp" if is_thumbnail else attachment.content_type)
    is_inline = attachment.kind != "file" and not is_download
    shown = disposition(THUMBNAIL if is_thumbnail else attachment.name, inline=is_inline)
    response.headers["Content-Disposition"] = shown
    response.headers["Content-Security-Policy"] = _POLICY
    # Kept, and asked for each time whether it is still there to be seen.
    response.headers["Cache-Control"] = "private, no-cache"
    if prefix := current_app.config["X_ACCEL_REDIRECT"]:
        response.headers["X-Accel-Redirect"] = prefix + object_name
        return response
    response.set_etag(f"{attachment.key}{'-thumbnail' if is_thumbnail else ''}")
    response.headers["Accept-Ranges"] = "bytes"
    if request.if_none_match.contains_weak(_etag_of(response)):
        response.status_code = 304
        return response
    return _with_body(response, object_name, size)


def _with_body(response: Response, object_name: str, size: int) -> Response:
    start, end = 0, size
    wanted = request.range if _may_be_a_part(response) else None
    if wanted is not None and wanted.units == "bytes" and len(wanted.ranges) == 1:
        is_all = wanted.ranges[0][0] < -size  # the last so many bytes, of which there are fewer
        bounds = (0, size) if is_all else wanted.range_for_length(size)
        if bounds is None:
            response.status_code = 416
            response.headers["Content-Range"] = f"bytes */{size}"
            return response
        start, end = bounds
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response.content_length = end - start
    if request.method != "HEAD":
        response.response = _body(request.environ, storage().pieces(object_name, start, end))
    return response


def _may_be_a_part(response: Response) -> bool:
    """Whether what the browser has a part of is what there is; by a date nobody can tell."""
    has_part_of = request.if_range
    return "If-Range" not in request.headers or has_part_of.etag == _etag_of(response)


def _etag_of(response: Response) -> str:
    return response.get_etag()[0] or ""


def _body(environ: dict[str, Any], pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, of which the first is there before anything is said."""
    try:
        first = next(pieces)
    except FileNotFoundError:
        log.error("the storage lacks the file of %s", environ.get("PATH_INFO"))
        abort(404)
    except StorageError as error:
        log.warning("storage away: %s", error)
        raise unavailable() from error

    def rest() -> Iterator[bytes]:
        yield first
        try:
            yield from pieces
        except (FileNotFoundError, StorageError) as error:
            if isinstance(error, StorageError):  # else it was deleted meanwhile
                log.warning("storage failed in the middle of %s: %s", environ.get("PATH_INFO"), error)
            # Less came than was announced, so nothing can follow on this connection.
            environ["wsgi.input"].failed = True

    return rest()


def _form() -> tuple[BinaryIO, bytes]:
    boundary = request.mimetype_params.get("boundary", "")
    if request.mimetype != "multipart/form-data" or not boundary:
        raise ChatError("bad_request", "The body must be a form (multipart/form-data) with a field «file».")
    request.max_content_length = _most() + incoming.FORM_BYTES
    return cast(BinaryIO, request.stream), boundary.encode("latin-1", "replace")


def _check_announced() -> None:
    announced = request.content_length
    if announced is None:
        return
    if announced > _most() + incoming.FORM_BYTES:
        raise incoming.too_large(_most())
    attachments.check_quotas(_me(), max(0, announced - incoming.FORM_BYTES))


def _check_token() -> None:
    try:
        validate_csrf(request.headers.get("X-CSRFToken"))
    except ValidationError:
        raise ChatError("csrf_failed", "This page is out of date. Reload it.") from None


def _limits() -> incoming.Limits:
    config = current_app.config
    return incoming.Limits(_most(), config["UPLOAD_STALL_SECONDS"], config["UPLOAD_SECONDS"])


def _most() -> int:
    most: int = current_app.config["MAX_UPLOAD_BYTES"]
    return most


def _me() -> int:
    user_id: int = current_user.user.id
    return user_id
