"""Pictures that people send, judged by their bytes and made anew: nothing of the file but its colours is kept.

Bounded before anything is decoded: bytes, pixels and the scans of a JPEG. AVIF is not taken: its frames may be much
larger than its header says, and what cuts a picture in the browser sends WebP whatever it was.
"""

from __future__ import annotations

import io
import logging
import warnings

# All of them now: a thread that decodes neither imports nor asks loggers for the first time (see offload).
from PIL import (
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from chatapp.lib import offload

BYTES_MAX = 8 * 1024 * 1024
PIXELS_MAX = 40_000_000
# Its decoder takes fifteen bytes a pixel.
WEBP_PIXELS_MAX = 16_000_000
SIDE = 256
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MIMETYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")
# A photograph has some ten; each further one is a pass over all of its pixels.
_JPEG_SCANS_MAX = 100
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# One at a time: the largest takes some hundred megabytes while it is decoded.
_workers = offload.Workers(1)

Image.MAX_IMAGE_PIXELS = PIXELS_MAX
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
for _plugin in (GifImagePlugin, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin):
    logging.getLogger(_plugin.__name__).isEnabledFor(logging.DEBUG)  # it remembers the answer


class PictureError(ValueError):
    """Why a picture is refused, in words for the person."""


def square(data: bytes) -> bytes:
    """The middle of a picture as a WebP of SIDE by SIDE, upright; PictureError when it will not do."""
    if not data:
        raise PictureError("Choose a picture first.")
    if len(data) > BYTES_MAX:
        raise PictureError(f"This file is too large. A picture may have {BYTES_MAX // 1024**2} MB.")
    return _workers.run(_square, data)


def _square(data: bytes) -> bytes:
    try:
        return _encoded(_upright_middle(data))
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError("This is not a picture that can be used here. Use a JPEG, PNG, WebP or GIF.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Exception:  # noqa: BLE001 (decoders raise all sorts of errors over files that are made to break them)
        raise PictureError("This picture is damaged, or not what it says it is. Try another one.") from None


def _upright_middle(data: bytes) -> Image.Image:
    _check_webp(data)
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > _JPEG_SCANS_MAX:
        raise PictureError("This picture is made in an unusual way. Save it anew, then try again.")
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        _check_size(*image.size)
        turn = _TURNS.get(_orientation_of(image))
        image.draft("RGB", (2 * SIDE, 2 * SIDE))  # of a JPEG: no more of it than is needed
        middle = _middle_of(_plain(image))
    return middle if turn is None else middle.transpose(turn)


def _plain(image: Image.Image) -> Image.Image:
    """As RGB, or RGBA where something may be seen through."""
    if image.mode.startswith("I"):  # 16 bits a pixel, of which the upper 8 are seen
        return image.point(lambda value: value * (1 / 256)).convert("L")
    sees_through = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    wanted = "RGBA" if sees_through else "RGB"
    return image if image.mode == wanted else image.convert(wanted)


def _middle_of(image: Image.Image) -> Image.Image:
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def _encoded(image: Image.Image) -> bytes:
    """On white, where one could see through, and in a new image, which has none of the old one's metadata."""
    clean = Image.new("RGB", image.size, "white")
    clean.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    buffer = io.BytesIO()
    clean.save(buffer, "WEBP", quality=84, method=4)
    return buffer.getvalue()


def _orientation_of(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 (a broken note on how it was held does not spoil the picture)
        return 1


def _check_webp(data: bytes) -> None:
    """The decoder of WebP takes memory for the whole canvas as soon as it is made, so its size is read here first."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return
    kind, head = data[12:16], data[20:30]
    if len(head) < 10:
        raise PictureError("This picture is damaged, or not what it says it is. Try another one.")
    if kind == b"VP8X":
        width, height = 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    elif kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        width, height = (int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    _check_size(width, height, WEBP_PIXELS_MAX)


def _check_size(width: int, height: int, most: int = PIXELS_MAX) -> None:
    if width * height > most:
        raise _too_many_pixels(most)
    if width < 1 or height < 1:
        raise PictureError("This picture is empty. Try another one.")


def _too_many_pixels(most: int = PIXELS_MAX) -> PictureError:
    return PictureError(f"This picture has too many pixels. It may have {most // 1_000_000} million.")
