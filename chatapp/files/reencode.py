"""A program of its own: reads one picture from standard input, and writes it anew, with nothing but what is seen.

Pictures are decoded by C code that strangers feed. Here it has a process to itself, with little memory and time, and
the chat goes on beside it whatever a picture does to it. Imports nothing of ours: it has to start quickly.

    python -I reencode.py LIMITS PICTURE_FD THUMBNAIL_FD < picture      # prints JSON
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import resource
import sys
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

from PIL import Image, ImageCms, ImageFile, ImageOps, ImageSequence

FORMATS = ["JPEG", "PNG", "GIF", "WEBP", "AVIF"]
_SAVE: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 88},
    "PNG": {"compress_level": 4},
    "GIF": {"optimize": False},
    "WEBP": {"quality": 88, "method": 3},
    "AVIF": {"quality": 70, "speed": 8, "max_threads": 1},
}
_MODES = {
    "JPEG": ("L", "RGB"),
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "GIF": ("1", "L", "P", "RGB", "RGBA"),
    "WEBP": ("RGB", "RGBA"),
    "AVIF": ("RGB", "RGBA"),
}
_THUMBNAIL = {"quality": 78, "method": 4}
_SRGB = ImageCms.createProfile("sRGB")


class Limits(NamedTuple):
    """What a picture may have and take. ``pixels`` of one frame, ``all_pixels`` of all together."""

    pixels: int
    frames: int
    all_pixels: int
    thumbnail: int
    memory_bytes: int
    seconds: int
    file_bytes: int


class RefusedError(Exception):
    """Why, in words for who sent it."""


def main() -> None:
    """See above."""
    limits = Limits(*map(int, sys.argv[1].split(",")))
    found: dict[str, Any]
    _limit_myself(limits)
    try:
        found = _reencode(limits, int(sys.argv[2]), int(sys.argv[3]))
    except RefusedError as error:
        found = {"refused": str(error)}
    except MemoryError:
        found = {"refused": "This picture takes too much memory to look at."}
    except Exception as error:  # noqa: BLE001 (of decoders, whatever they raise)
        found = {"refused": "This picture is broken, or was cut off.", "error": f"{type(error).__name__}: {error}"}
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            found = {"no_space": True}
    sys.stdout.write(json.dumps(found))


def _limit_myself(limits: Limits) -> None:
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # not every system lets one
            resource.setrlimit(what, (most, most))
    with contextlib.suppress(OSError, AttributeError):  # who chats comes first
        os.nice(19)
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _reencode(limits: Limits, picture_fd: int, thumbnail_fd: int) -> dict[str, Any]:
    Image.MAX_IMAGE_PIXELS = limits.pixels
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    source = io.BytesIO(sys.stdin.buffer.read())
    with _opened(source, limits) as image:
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        frames = getattr(image, "n_frames", 1) if kind != "JPEG" and image.format != "MPO" else 1
        _check_frames(image, frames, limits)
        options = _SAVE[kind] | ({"lossless": True} if _is_lossless_webp(kind, source) else {})
        if frames > 1:
            first = _save_all(image, kind, options, picture_fd)
        else:
            first = _upright(image, kind)
            with os.fdopen(picture_fd, "wb") as picture:
                first.save(picture, kind, **options)
    size = first.size
    _save_thumbnail(first, limits.thumbnail, thumbnail_fd)
    return {"format": kind, "width": size[0], "height": size[1], "is_animated": frames > 1}


def _opened(source: io.BytesIO, limits: Limits) -> Any:
    try:
        image = Image.open(source, formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise RefusedError(_too_many(limits)) from None
    if image.width * image.height > limits.pixels:
        raise RefusedError(_too_many(limits))
    return image


def _too_many(limits: Limits) -> str:
    return f"A picture may have {limits.pixels // 1_000_000} megapixels at most."


def _check_frames(image: Any, frames: int, limits: Limits) -> None:
    if frames > limits.frames or frames * image.width * image.height > max(limits.all_pixels, limits.pixels):
        raise RefusedError("This picture moves for too long. Send it as a film instead.")


def _upright(image: Any, kind: str) -> Any:
    """The frame as it is seen: turned, in sRGB, in a mode that the format has, and nothing beside the pixels."""
    image.load()
    profile = image.info.get("icc_profile")
    seen = ImageOps.exif_transpose(image)
    transparency = seen.info.get("transparency") if seen.mode in ("P", "L", "RGB") else None
    if profile:
        seen = _in_srgb(seen, profile, transparency)
        transparency = None if seen.mode != "P" else transparency
    if seen.mode not in _MODES[kind]:
        has_alpha = "A" in seen.mode or "a" in seen.mode or transparency is not None
        seen = seen.convert("RGBA" if has_alpha and kind != "JPEG" else "RGB")
        transparency = None
    bare = seen.copy()
    bare.info = {} if transparency is None else {"transparency": transparency}
    return bare


def _in_srgb(image: Any, profile: bytes, transparency: Any) -> Any:
    """In the colours that every screen knows: profiles name monitors and their serial numbers."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in (ImageCms.getProfileDescription(source) or ""):
            return image
        if image.mode in ("P", "LA", "PA") or transparency is not None:
            image = image.convert("RGBA")
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        return ImageCms.profileToProfile(image, source, _SRGB, renderingIntent=intent, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a profile that is broken, or for another kind of picture, tells nothing


def _save_all(image: Any, kind: str, options: dict[str, Any], picture_fd: int) -> Any:
    """All frames; returns the first."""
    durations = []
    loop = image.info.get("loop", 1 if kind == "GIF" else 0)
    for frame in ImageSequence.Iterator(image):
        frame.load()
        durations.append(int(frame.info.get("duration") or (100 if kind == "GIF" else 0)))
    frames = _frames(image, kind)
    first = next(frames)
    more: dict[str, Any] = {"save_all": True, "append_images": frames, "duration": durations}
    if kind == "GIF":
        more |= {"disposal": 2} if first.mode == "RGBA" else {}
        more |= {"loop": loop} if "loop" in image.info else {}
    else:
        more["loop"] = loop
    if kind == "PNG":  # its writer goes through them twice
        more |= {"default_image": False, "append_images": list(frames)}
    with os.fdopen(picture_fd, "wb") as picture:
        first.save(picture, kind, **options, **more)
    return first


def _frames(image: Any, kind: str) -> Iterator[Any]:
    for frame in ImageSequence.Iterator(image):
        seen = _upright(frame, kind)
        if kind == "GIF" and seen.mode not in ("RGB", "RGBA"):
            seen = seen.convert("RGBA" if "transparency" in seen.info else "RGB")
            seen.info = {}
        yield seen


def _is_lossless_webp(kind: str, source: io.BytesIO) -> bool:
    return kind == "WEBP" and b"VP8L" in source.getvalue()[:4096] and b"VP8 " not in source.getvalue()[:4096]


def _save_thumbnail(first: Any, longest: int, thumbnail_fd: int) -> None:
    has_alpha = "A" in first.mode or "transparency" in first.info
    small = first.convert("RGBA" if has_alpha else "RGB") if first.mode not in ("RGB", "RGBA") else first
    small.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    with os.fdopen(thumbnail_fd, "wb") as thumbnail:
        small.save(thumbnail, "WEBP", **_THUMBNAIL)


if __name__ == "__main__":
    main()
