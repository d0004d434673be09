"""Pictures: whatever is sent, what is kept is a small clean square; hostile files are refused in words."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import requests
from PIL import Image

from tests.support.database import rows
from tests.support.groups import make_group
from tests.support.people import Cast, Person
from tests.support.pictures import (
    BLUE,
    GREEN,
    RED,
    as_shown,
    encoded,
    gif_that_claims,
    halves,
    is_near,
    jpeg_of_many_scans,
    plain,
    png_that_claims,
    webp_that_claims,
)
from tests.support.server import Server
from tests.support.sockets import Socket

Connect = Callable[..., Socket]


def upload(
    person: Person, data: bytes, name: str = "me.jpg", kind: str = "image/jpeg", **headers: str
) -> requests.Response:
    return person.http.post(
        f"{person.url}/account/avatar",
        data={"csrf_token": person.token},
        files={"picture": (name, data, kind)},
        headers=headers,
        allow_redirects=False,
        timeout=60,
    )


def remove(person: Person) -> requests.Response:
    return person.post_form("/account/avatar/remove", person.token)


def url_of(person: Person) -> Any:
    return person.boot()["me"]["avatar_url"]


def kept(person: Person, data: bytes, **options: str) -> Image.Image:
    """What becomes of a picture."""
    answer = upload(person, data, **options)
    assert answer.status_code == 303, answer.text
    return as_shown(person.get(url_of(person)).content)


def test_it_is_shown_to_whoever_is_logged_in_and_kept_for_good(alice: Person, bob: Person, cast: Cast) -> None:
    assert upload(alice, plain()).headers["Location"].endswith("/account?saved=picture")
    url = url_of(alice)
    assert url.startswith(f"/avatars/{alice.id}/")
    answer = bob.get(url)
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "Set-Cookie" not in answer.headers
    image = as_shown(answer.content)
    assert (image.format, image.size) == ("WEBP", (256, 256))
    for path in (url, url.replace(f"/{alice.id}/", f"/{bob.id}/"), f"/avatars/{alice.id}/x.webp"):
        assert cast.stranger().get(path).status_code == 404, "guests are told nothing"
    assert bob.get(url.replace(f"/{alice.id}/", f"/{bob.id}/")).status_code == 404


def test_another_one_takes_its_place_and_the_old_one_is_gone(server: Server, alice: Person) -> None:
    upload(alice, plain(RED))
    first = url_of(alice)
    upload(alice, plain(BLUE))
    assert url_of(alice) != first
    assert alice.get(first).status_code == 404
    second = url_of(alice)
    assert remove(alice).status_code == 303
    assert url_of(alice) is None
    assert alice.get(second).status_code == 404
    assert rows(server.database, "SELECT user_id FROM avatar WHERE user_id = ?", alice.id) == []


def test_everybody_hears_of_it_and_finds_it_everywhere(cast: Cast, connect: Connect) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    his = connect(bob)
    group = make_group(alice, bob)
    upload(alice, plain())
    user = his.wait_for("user_changed", lambda data: data["user"]["id"] == alice.id)["user"]
    assert user == {
        "id": alice.id,
        "username": alice.username,
        "display_name": alice.username,
        "avatar_url": url_of(alice),
    }
    (listed,) = charlie.json(f"/api/users?q={alice.username}")["users"]
    assert listed == user
    members = bob.json(f"/api/conversations/{group}")["conversation"]["members"]
    pages = bob.json(f"/api/conversations/{group}/members")["members"]
    for found in (members, pages):
        assert [one["avatar_url"] for one in found if one["id"] == alice.id] == [user["avatar_url"]]
    upload(alice, plain())
    his.settle()
    assert len(his.got("user_changed", lambda data: data["user"]["id"] == alice.id)) == 1, "nothing has changed"


ODD = {
    "CMYK": (encoded(Image.new("CMYK", (90, 60), (0, 255, 255, 0)), "JPEG"), (255, 0, 0)),
    "16 bit": (encoded(Image.frombytes("I;16", (90, 60), b"\x00\x80" * 5400)), (128, 128, 128)),
    "one pixel": (encoded(Image.new("RGB", (1, 1), GREEN)), GREEN),
    "very long": (encoded(Image.new("RGB", (3, 9000), BLUE)), BLUE),
    "palette": (encoded(Image.new("RGB", (90, 60), GREEN).quantize(4), "GIF"), GREEN),
    "grey, seen through": (encoded(Image.new("LA", (90, 60), (0, 0))), (255, 255, 255)),
    "black and white": (encoded(Image.new("1", (90, 60), 1)), (255, 255, 255)),
    "webp": (plain(RED, kind="WEBP"), RED),
    "lying about its kind": (plain(BLUE, kind="PNG"), BLUE),
}


def test_odd_ones_are_taken(alice: Person) -> None:
    for name, (data, color) in ODD.items():
        shown = kept(alice, data, name="../../x.php", kind="text/html")
        assert is_near(shown.getpixel((128, 128)), color), (name, shown.getpixel((128, 128)))


def test_of_an_animation_the_first_frame_is_kept(alice: Person) -> None:
    frames = [Image.new("RGB", (90, 60), color) for color in (GREEN, RED, BLUE)]
    for kind in ("GIF", "WEBP", "PNG"):
        shown = kept(alice, encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
        assert getattr(shown, "n_frames", 1) == 1
        assert is_near(shown.getpixel((128, 128)), GREEN), kind


def test_the_middle_is_kept_upright_and_without_any_note(server: Server, alice: Person) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 15.0)
    exif[0x010E] = "secret words"
    wide = Image.new("RGB", (400, 200), GREEN)  # the ends of which are cut off
    wide.paste(halves(RED, BLUE), (100, 0))
    shown = kept(alice, encoded(wide, "JPEG", exif=exif.tobytes(), comment=b"secret words"))
    assert is_near(shown.getpixel((128, 30)), RED), "what was left is up"
    assert is_near(shown.getpixel((128, 220)), BLUE)
    assert is_near(shown.getpixel((30, 30)), RED), "no green end"
    stored = rows(server.database, "SELECT image FROM avatar WHERE user_id = ?", alice.id)[0]["image"]
    assert b"secret words" not in stored
    assert dict(as_shown(stored).getexif()) == {}
    assert not {"exif", "icc_profile", "xmp", "comment"} & set(as_shown(stored).info)


HOSTILE = {
    "nothing": b"",
    "words": b"hello",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "HTML after the signature": b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
    "PNG bomb": png_that_claims(60_000, 60_000),
    "PNG a little too large": png_that_claims(8_000, 5_001),
    "WebP bomb": webp_that_claims(16_000_000, 200),
    "WebP cut in its header": webp_that_claims(100, 100)[:24],
    "GIF bomb": gif_that_claims(65_535, 65_535),
    "JPEG bomb": plain(size=(9_000, 5_000)),
    "truncated JPEG": plain()[:400],
    "truncated PNG": encoded(Image.effect_noise((200, 200), 60))[:9000],
    "truncated WebP": plain(kind="WEBP")[:60],
    "many scans": jpeg_of_many_scans(),
    "BMP": plain(kind="BMP"),
    "TIFF": plain(kind="TIFF"),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n",
    "over 8 MB": b"\xff\xd8\xff" + b"x" * (8 * 1024 * 1024),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_ones_are_refused_in_words(alice: Person, name: str) -> None:
    answer = upload(alice, HOSTILE[name], "me.png", "image/png", Accept="application/json")
    assert answer.status_code == 422, answer.text
    (words,) = answer.json()["error"]["fields"].values()
    assert words.endswith((".", "million."))
    assert url_of(alice) is None


def test_refused_without_a_script_the_page_says_so(alice: Person) -> None:
    answer = upload(alice, b"hello")
    assert answer.status_code == 422
    assert "This is not a picture that can be used here." in answer.text
    nothing = alice.post_form("/account/avatar", alice.token)
    assert nothing.status_code == 422
    assert "Choose a picture first." in nothing.text


def test_far_too_much_is_not_even_read(alice: Person) -> None:
    answer = upload(alice, b"\xff\xd8\xff" + b"x" * (12 * 1024 * 1024))
    assert answer.status_code == 413
    assert "too large" in answer.text
    assert upload(alice, plain()).status_code == 303, "and only this form takes as much as a picture"
    big = alice.http.post(
        f"{alice.url}/account/profile",
        data={"csrf_token": alice.token},
        files={"picture": io.BytesIO(b"x" * (2 * 1024 * 1024))},
        timeout=30,
    )
    assert big.status_code == 413


def test_it_takes_a_log_in_and_a_token(alice: Person, cast: Cast) -> None:
    files = {"picture": ("me.jpg", plain())}
    for person, token, path in (
        (alice, "wrong", "/account/avatar"),
        (alice, "wrong", "/account/avatar/remove"),
        (cast.stranger(), alice.token, "/account/avatar"),
    ):
        answer = person.http.post(
            person.url + path, data={"csrf_token": token}, files=files, allow_redirects=False, timeout=30
        )
        assert answer.status_code in (302, 400), path
    assert url_of(alice) is None


def test_many_changes_are_slowed_down(start_server: Callable[..., Server], make_cast: Callable[[Server], Cast]) -> None:
    alice = make_cast(start_server(RATE_LIMITS="on")).alice
    answers = [remove(alice) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [303] * 20 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
