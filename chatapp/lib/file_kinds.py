"""What a file is, judged by its first bytes and never by its name or by what a browser says of it."""

from __future__ import annotations

import re
from typing import NamedTuple

# So much of the beginning is looked at.
HEAD_BYTES = 4096


class FileKind(NamedTuple):
    """``kind`` as on the wire; ``content_type`` as it is served; ``extensions``, the usual one first."""

    kind: str
    content_type: str
    extensions: tuple[str, ...] = ()


PLAIN = FileKind("file", "application/octet-stream")
IMAGES = {
    "JPEG": FileKind("image", "image/jpeg", ("jpg", "jpeg", "jfif", "jpe")),
    "PNG": FileKind("image", "image/png", ("png", "apng")),
    "GIF": FileKind("image", "image/gif", ("gif",)),
    "WEBP": FileKind("image", "image/webp", ("webp",)),
    "AVIF": FileKind("image", "image/avif", ("avif", "avifs")),
}
_MP4 = FileKind("video", "video/mp4", ("mp4", "m4v"))
_MOV = FileKind("video", "video/quicktime", ("mov", "qt"))
_WEBM = FileKind("video", "video/webm", ("webm",))
_OGV = FileKind("video", "video/ogg", ("ogv", "ogg"))
_OGG = FileKind("audio", "audio/ogg", ("ogg", "oga", "opus"))
_MP3 = FileKind("audio", "audio/mpeg", ("mp3",))
_M4A = FileKind("audio", "audio/mp4", ("m4a", "m4b", "mp4"))
_WAV = FileKind("audio", "audio/wav", ("wav",))
_FLAC = FileKind("audio", "audio/flac", ("flac",))
# Extensions of what is shown in the page: one in place of another misleads, and goes.
SHOWN_EXTENSIONS = frozenset(
    extension
    for kind in (*IMAGES.values(), _MP4, _MOV, _WEBM, _OGV, _OGG, _MP3, _M4A, _WAV, _FLAC)
    for extension in kind.extensions
)
# The brands that name pictures or plain files; any other that stands at the beginning of an MP4 is a film.
_BRANDS = {b"avif": IMAGES["AVIF"], b"avis": IMAGES["AVIF"], b"qt  ": _MOV, b"M4A ": _M4A, b"M4B ": _M4A}
_FILM_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash", b"MSNV")
_MP3_FRAME = re.compile(rb"\xff[\xf2\xf3\xfa\xfb][\x10-\xef]", re.DOTALL)


def kind_of(head: bytes) -> FileKind:
    """What begins like this; ``PLAIN`` for all that is not shown in the page: SVG, HTML, PDF, HEIC ..."""
    if head.startswith(b"\xff\xd8\xff"):
        return IMAGES["JPEG"]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return IMAGES["PNG"]
    if head.startswith((b"GIF87a", b"GIF89a")):
        return IMAGES["GIF"]
    if head.startswith(b"RIFF"):
        return {b"WEBP": IMAGES["WEBP"], b"WAVE": _WAV}.get(head[8:12], PLAIN)
    if head[4:8] == b"ftyp":
        return _of_brand(head[8:12])
    return _sound_or_film(head)


def _of_brand(brand: bytes) -> FileKind:
    return _BRANDS.get(brand, _MP4 if brand in _FILM_BRANDS else PLAIN)


def _sound_or_film(head: bytes) -> FileKind:
    if head.startswith(b"\x1aE\xdf\xa3"):
        return _WEBM if b"webm" in head[:64] else PLAIN
    if head.startswith(b"OggS"):
        return _OGV if b"theora" in head[:256] else _OGG
    if head.startswith(b"fLaC"):
        return _FLAC
    return _MP3 if head.startswith(b"ID3") or _MP3_FRAME.match(head) else PLAIN
