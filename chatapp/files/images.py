"""Pictures, encoded anew in a process for each (``reencode.py``)."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from chatapp.files.storage import no_space
from chatapp.lib.errors import ChatError

log = logging.getLogger(__name__)
_PROGRAM = Path(__file__).with_name("reencode.py")
# One core is left to the chat; and memory is bounded by so many times _MEMORY_BYTES.
_AT_ONCE = threading.BoundedSemaphore(2 if (os.cpu_count() or 1) > 2 else 1)
MEGAPIXELS_MAX = 50
FRAMES_MAX = 1000
ALL_MEGAPIXELS_MAX = 200
THUMBNAIL_SIDE = 640
_MEMORY_BYTES = 1_200_000_000
_SECONDS = 60


@dataclass(slots=True)
class Picture:
    """A picture as it is kept."""

    file: IO[bytes]
    thumbnail: IO[bytes]
    format: str
    width: int
    height: int
    is_animated: bool


@contextmanager
def reencoded(source: IO[bytes], folder: Path, most_bytes: int, check_wanted: Callable[[], None]) -> Iterator[Picture]:
    """The picture and its thumbnail, in files without names. ``bad_request`` for one that cannot be read.

    Waits on the loop, for its turn and for the process; ``check_wanted``, before and after that, raises an error when
    nobody waits for it any more.
    """
    limits = (
        *(MEGAPIXELS_MAX * 1_000_000, FRAMES_MAX, ALL_MEGAPIXELS_MAX * 1_000_000, THUMBNAIL_SIDE),
        *(_MEMORY_BYTES, _SECONDS, 4 * most_bytes),
    )
    with tempfile.TemporaryFile(dir=folder) as picture, tempfile.TemporaryFile(dir=folder) as thumbnail:
        outputs = (picture.fileno(), thumbnail.fileno())
        source.seek(0)
        command = [sys.executable, "-I", str(_PROGRAM), ",".join(map(str, limits)), *map(str, outputs)]
        with _AT_ONCE:
            check_wanted()
            found = _run(command, source, outputs)
        check_wanted()
        if "no_space" in found:
            raise no_space()
        if "refused" in found:
            log.info("picture refused: %s", found.get("error", found["refused"]))
            raise refused(found["refused"])
        yield Picture(picture, thumbnail, found["format"], found["width"], found["height"], found["is_animated"])


def refused(why: str) -> ChatError:
    """A picture, or a file, that is not taken."""
    return ChatError("bad_request", why, status=415)


def _run(command: list[str], source: IO[bytes], outputs: tuple[int, int]) -> dict[str, Any]:
    # Bandit's S603 is about commands that strangers make; this one is ours.
    with subprocess.Popen(  # noqa: S603
        command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=outputs, env={}
    ) as process:
        try:
            answer, _ = process.communicate(timeout=_SECONDS * 2)
        except subprocess.TimeoutExpired:
            process.kill()
            answer = b""
        except BaseException:
            process.kill()
            raise
    if process.returncode or not answer:  # it ran into its limits, or a decoder broke
        return {"refused": "This picture takes too long or too much memory to look at.", "error": "killed"}
    found: dict[str, Any] = json.loads(answer)
    return found
