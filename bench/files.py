"""Photos while people chat: 20 of 12 megapixels, uploaded four at a time (how it is measured: meanwhile.py)."""

from __future__ import annotations

import io
import os
import threading
import time
from typing import Any

import requests
from PIL import Image

from bench.meanwhile import PASSPHRASE, Errands, most, options_of, run, show, take_turns
from bench.process import BenchError
from bench.table import machine, say, target, title
from bench.target import Target

PHOTOS = 20
AT_ONCE = 4


def main() -> None:
    """Print a table for each async mode."""
    chosen = options_of(__doc__)
    title("Photos while people chat", f"{machine()}; one worker on {chosen.store}, {PHOTOS} photos of 12 megapixels.")
    photo = _photo()
    run(chosen, lambda mode, running, plan, rounds: _report(mode, running, photo, plan, rounds))


def _report(mode: str, running: Target, photo: bytes, plan: dict[str, Any], rounds: int) -> None:
    turns = take_turns(
        running,
        plan,
        rounds,
        lambda: Uploads(running.port, photo),
        lambda found: say(
            f"{mode}: longest stall {found.quiet[-1].probe_max * 1e3:.1f} ms, "
            f"with photos {found.busy[-1].probe_max * 1e3:.1f} ms"
        ),
    )
    show(mode, turns, "photos", "upload")
    longest = most(turns.busy, "probe_max") * 1e3
    print(f"{mode}: longest stall with photos {longest:.1f} ms (target {target(longest, most=50)}).\n")


def _photo() -> bytes:
    """4,000 by 3,000, as rich in detail as a camera's: some 4 MB."""
    small = Image.frombytes("RGB", (1000, 750), os.urandom(1000 * 750 * 3))
    buffer = io.BytesIO()
    small.resize((4000, 3000), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


class Uploads(Errands):
    """People who share photos, four at a time, as a page does."""

    def __init__(self, port: int, photo: bytes) -> None:
        super().__init__(AT_ONCE)
        self._url = f"http://127.0.0.1:{port}"
        self._photo = photo
        self._left = PHOTOS
        self._lock = threading.Lock()

    def do(self, at: int) -> None:
        """Log in, then upload one photo after the other while there are any."""
        browser = requests.Session()
        form = {"username": f"person{42 + at}", "password": PASSPHRASE}
        form["csrf_token"] = _token(browser.get(f"{self._url}/login", timeout=60).text, 'name="csrf_token"', "value")
        browser.post(f"{self._url}/login", data=form, timeout=60)
        page = browser.get(f"{self._url}/chat", timeout=60).text
        headers = {"X-CSRFToken": _token(page, 'name="csrf-token"', "content")}
        while self._take_one():
            began = time.monotonic()
            files = {"file": ("photo.jpg", self._photo)}
            answer = browser.post(f"{self._url}/api/files", files=files, headers=headers, timeout=60)
            self.took.append(time.monotonic() - began)
            if answer.status_code != 201:
                raise BenchError(answer.text)

    def _take_one(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0


def _token(page: str, name: str, attribute: str) -> str:
    return page.partition(name)[2].partition(f'{attribute}="')[2].partition('"')[0]


if __name__ == "__main__":
    main()
