"""Pictures: upright, without anything that tells of where, when and with what they were taken, and bounded."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from tests.support.files import error_of, fetch, opened, picture, try_upload, upload
from tests.support.people import Person

SECRET = b"OF-NOBODYS-BUSINESS"
KINDS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")


def with_secrets(kind: str) -> bytes:
    """A picture, 60 by 40, that lies on its side and says so, full of what is nobody's business."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it right
    exif[0x010E] = SECRET.decode()
    exif[0x010F] = "Camera " + SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    exif.get_ifd(0x8769)[0x927C] = SECRET  # a maker's note
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + SECRET
    options: dict[str, Any] = {"exif": exif, "icc_profile": profile}
    if kind == "GIF":
        options = {"comment": SECRET}
    elif kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", SECRET.decode())
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        options["pnginfo"] = text
    elif kind == "JPEG":
        options |= {"comment": SECRET, "xmp": xmp}
    else:
        options["xmp"] = xmp
    return picture(kind, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_but_what_is_seen(kind: str, alice: Person) -> None:
    data = with_secrets(kind) + SECRET  # and something behind its end
    assert SECRET in data
    made = upload(alice, f"a.{kind.lower()}", data)
    for url in (made["url"], made["thumbnail_url"]):
        found = fetch(alice, url).content
        assert SECRET not in found
        assert b"Exif" not in found
        image = opened(found)
        assert not image.getexif()
        assert not {"exif", "xmp", "XML:com.adobe.xmp", "comment", "icc_profile", "Comment"} & set(image.info)
        # Upright: red was on the left, and is on top once it is turned
        is_turned = kind != "GIF"
        assert image.size == ((40, 60) if is_turned else (60, 40))
        red, blue = (
            image.convert("RGB").getpixel(at) for at in (((20, 10), (20, 50)) if is_turned else ((10, 20), (50, 20)))
        )
        assert red[0] > 200 > 100 > red[2]
        assert blue[2] > 200 > 100 > blue[0]
    assert (made["width"], made["height"]) == ((40, 60) if kind != "GIF" else (60, 40))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_what_moves_goes_on_moving(kind: str, alice: Person) -> None:
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("red", "green", "blue")]
    moving = picture_of(frames[0], kind, save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0)
    made = upload(alice, f"a.{kind.lower()}", moving)
    assert made["is_animated"] is True
    image = Image.open(io.BytesIO(fetch(alice, made["url"]).content))
    assert (image.format, image.n_frames, image.info["loop"]) == (kind, 3, 0)
    seen = []
    for number in range(3):
        image.seek(number)
        image.load()
        seen.append((max(range(3), key=image.convert("RGB").getpixel((25, 25)).__getitem__), image.info["duration"]))
    assert seen == [(0, 100), (1, 200), (2, 300)]
    assert not getattr(opened(fetch(alice, made["thumbnail_url"]).content), "is_animated", False)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_what_is_transparent_stays_so(kind: str, alice: Person) -> None:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 20, 40))
    made = upload(alice, "a", picture_of(image, kind))
    for url in (made["url"], made["thumbnail_url"]):
        found = opened(fetch(alice, url).content).convert("RGBA")
        assert (found.getpixel((5, 20))[3], found.getpixel((35, 20))[3]) == (255, 0)


def test_thumbnails_are_small_and_pictures_keep_their_size(alice: Person) -> None:
    made = upload(alice, "wide.png", picture("PNG", (3000, 500)))
    assert opened(fetch(alice, made["url"]).content).size == (3000, 500)
    assert opened(fetch(alice, made["thumbnail_url"]).content).size == (640, 107)
    small = upload(alice, "small.png", picture("PNG", (3, 2)))
    assert opened(fetch(alice, small["thumbnail_url"]).content).size == (3, 2)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16", "RGBA"])
def test_unusual_ones_are_shown(mode: str, alice: Person) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    image = Image.new("I;16", (20, 20)) if mode == "I;16" else Image.new("RGB", (20, 20), "white").convert(mode)
    made = upload(alice, "a", picture_of(image, kind))
    assert opened(fetch(alice, made["url"]).content).size == (20, 20)
    assert made["name"] == f"a.{'jpg' if kind == 'JPEG' else 'png'}"


def png_that_claims(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def bombs() -> dict[str, bytes]:
    frame = Image.new("P", (3000, 3000))
    more = [Image.new("P", (3000, 3000), number % 2) for number in range(1, 30)]
    return {
        "claims much": png_that_claims(50_000, 50_000),
        "claims a little too much": png_that_claims(8_000, 7_000),
        "is much": png_that_claims(60_000, 60_000, zlib.compress(b"\0" * 30_000_000, 9)),
        "moves for long": picture_of(frame, "GIF", save_all=True, append_images=more),
        "text that grows": png_with_grown_text(),
        "is cut off": picture(size=(500, 500))[:3000],
        "only begins like one": b"\xff\xd8\xff" + b"\0" * 1000,
        "begins like a GIF": b"GIF89a" + b"<script>alert(1)</script>",
        "begins like a WebP": b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 50,
        "begins like an AVIF": b"\0\0\0\x1cftypavif" + b"\0" * 50,
        "ends at once": b"\x89PNG\r\n\x1a\n",
    }


def png_with_grown_text() -> bytes:
    whole = picture("PNG")
    content = b"k\0\0" + zlib.compress(b"\0" * 100_000_000, 9)
    chunk = struct.pack(">I", len(content)) + b"zTXt" + content + struct.pack(">I", zlib.crc32(b"zTXt" + content))
    return whole[:33] + chunk + whole[33:]


def test_what_would_take_too_much_is_refused_and_the_chat_goes_on(alice: Person) -> None:
    for what, data in bombs().items():
        answer = try_upload(alice, "a.png", data)
        assert error_of(answer) == (415, "bad_request"), (what, answer.text)
        assert "picture" in answer.json()["error"]["message"].lower(), what
    limit = try_upload(alice, "a.png", png_that_claims(8_000, 7_000)).json()["error"]["message"]
    assert "50 megapixels" in limit
    assert upload(alice, "a.png", picture())["kind"] == "image"


def picture_of(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
