"""Photos while people chat: 20 of 12 megapixels are uploaded, four at a time.

20 pairs chat at a fixed 30 % of what the worker can do. Turns with and without uploads alternate. A probe connection
sends an event every 5 ms that is refused at once, without the database; the longest that one waited is the longest
stall of the event loop.
"""

from __future__ import annotations

import io
import os
import statistics
import threading
import time
from typing import Any

import requests
from PIL import Image

from bench.app import STORES, app
from bench.options import parser, plan_of
from bench.process import BenchError
from bench.services import Services
from bench.systems import MODES
from bench.table import machine, number, say, table, target, title
from bench.target import Measured, Target, measure

SHARE = 0.3
PHOTOS = 20
AT_ONCE = 4
PROBE_SECONDS = 0.005
PASSPHRASE = "a harbour lantern at noon"  # noqa: S105 (of accounts that live as long as the run)
HEAD = ("chat", "msg/s", "p50 ms", "p99 ms", "max ms", "loop p99 ms", "longest stall ms", "upload ms")


def main() -> None:
    """Print a table for each async mode."""
    options = parser(__doc__)
    options.add_argument("--store", choices=STORES, default=STORES[-1])
    options.add_argument("--modes", nargs="+", choices=MODES, default=MODES)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    title("Photos while people chat", f"{machine()}; one worker on {chosen.store}, {PHOTOS} photos of 12 megapixels.")
    photo = _photo()
    with Services() as services:
        for mode in chosen.modes:
            try:
                with app(services, chosen.store, mode, people=60, logins=41, password=PASSPHRASE) as running:
                    _report(mode, running, photo, plan_of(chosen), chosen.rounds)
            except BenchError as error:
                print(f"{mode} failed: {error}\n")


def _report(mode: str, running: Target, photo: bytes, plan: dict[str, Any], rounds: int) -> None:
    rate = measure(running, **plan).rate * SHARE
    plan |= {"rate": rate, "probe": {"cookie": running.cookies[40], "every": PROBE_SECONDS}}
    quiet, busy, took = [], [], []
    for _ in range(rounds):
        quiet.append(measure(running, **plan))
        uploads = Uploads(running.port, photo)
        busy.append(measure(running, uploads.start, **plan))
        took += uploads.finish()
        say(f"{mode}: longest stall {quiet[-1].probe_max * 1e3:.1f} ms, with photos {busy[-1].probe_max * 1e3:.1f} ms")
    rows = [_row(f"{mode}, without photos", quiet, None), _row(f"{mode}, with photos", busy, statistics.median(took))]
    table(HEAD, rows)
    longest = max(one.probe_max for one in busy) * 1e3
    print(f"{mode}: longest stall with photos {longest:.1f} ms (target {target(longest, most=50)}).\n")


def _row(name: str, found: list[Measured], upload: float | None) -> tuple[str, ...]:
    figures = [statistics.median(getattr(one, figure) for one in found) for figure in ("p50", "p99")]
    figures += [max(one.max for one in found), statistics.median(one.probe_p99 for one in found)]
    figures += [max(one.probe_max for one in found), upload]
    rate = statistics.mean(one.rate for one in found)
    return (name, number(rate), *(number(None if value is None else value * 1e3, 1) for value in figures))


def _photo() -> bytes:
    """4,000 by 3,000, as rich in detail as a camera's: some 4 MB."""
    small = Image.frombytes("RGB", (1000, 750), os.urandom(1000 * 750 * 3))
    buffer = io.BytesIO()
    small.resize((4000, 3000), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


class Uploads:
    """Somebody who shares photos, four at a time, as a page does."""

    def __init__(self, port: int, photo: bytes) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._photo = photo
        self._took: list[float] = []
        self._problems: list[str] = []
        self._left = PHOTOS
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._share, args=(number,)) for number in range(AT_ONCE)]

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    def finish(self) -> list[float]:
        """How long each took."""
        for thread in self._threads:
            thread.join()
        if self._problems:
            raise BenchError(self._problems[0])
        return self._took

    def _share(self, number: int) -> None:
        try:
            browser = requests.Session()
            form = {"username": f"person{42 + number}", "password": PASSPHRASE}
            form["csrf_token"] = _token(
                browser.get(f"{self._url}/login", timeout=60).text, 'name="csrf_token"', "value"
            )
            browser.post(f"{self._url}/login", data=form, timeout=60)
            page = browser.get(f"{self._url}/chat", timeout=60).text
            headers = {"X-CSRFToken": _token(page, 'name="csrf-token"', "content")}
            while self._take_one():
                began = time.monotonic()
                files = {"file": ("photo.jpg", self._photo)}
                answer = browser.post(f"{self._url}/api/files", files=files, headers=headers, timeout=60)
                self._took.append(time.monotonic() - began)
                if answer.status_code != 201:
                    raise BenchError(answer.text)
        except (BenchError, OSError) as error:
            self._problems.append(str(error))

    def _take_one(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0


def _token(page: str, name: str, attribute: str) -> str:
    return page.partition(name)[2].partition(f'{attribute}="')[2].partition('"')[0]


if __name__ == "__main__":
    main()
