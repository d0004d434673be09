"""Pictures of all kinds, good and hostile, made as they are needed."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

RED, GREEN, BLUE = (220, 30, 30), (30, 160, 60), (30, 60, 220)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def plain(color: tuple[int, int, int] = RED, size: tuple[int, int] = (300, 200), kind: str = "JPEG") -> bytes:
    return encoded(Image.new("RGB", size, color), kind)


def halves(left: tuple[int, int, int] = RED, right: tuple[int, int, int] = BLUE, side: int = 200) -> Image.Image:
    """One colour on the left, another on the right."""
    image = Image.new("RGB", (side, side), left)
    image.paste(right, (side // 2, 0, side, side))
    return image


def as_shown(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def is_near(pixel: Any, color: tuple[int, int, int], by: int = 40) -> bool:
    return all(abs(one - other) < by for one, other in zip(pixel[:3], color, strict=True))


def png_that_claims(width: int, height: int) -> bytes:
    """Small itself, and as large as it likes by its header."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1_000_000)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def webp_that_claims(width: int, height: int) -> bytes:
    """An empty canvas of any size."""
    head = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + b"VP8X" + struct.pack("<I", len(head)) + head + b"\0" * 64
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_that_claims(width: int, height: int) -> bytes:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00\x3b"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + frame


def jpeg_of_many_scans() -> bytes:
    """A pass over all its pixels for each of many scans."""
    data = encoded(Image.new("RGB", (64, 64), RED), "JPEG", progressive=True)
    start = data.index(b"\xff\xda")
    return data[:start] + data[start:-2] * 200 + data[-2:]
