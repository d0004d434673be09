"""Where the bytes of files are: a folder, or anything that speaks S3; the one interface to both.

Names of objects are random and say nothing of whose they are: ``ab/abcdef...``, and ``ab/abcdef...-thumbnail``.
What is here blocks and is waited for on the loop, in threads of its own; the library's own ones begin in the worker.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import parse_qs, urlsplit

import obstore
from flask import Flask, current_app
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from chatapp.lib import offload
from chatapp.lib.errors import ChatError

# A redirect to S3 leads somewhere for so long.
SIGNED_SECONDS = 60
_PIECE_BYTES = 64 * 1024
_workers = offload.Workers(4)
_NO_SPACE = f"(os error {errno.ENOSPC})", f"(os error {errno.EDQUOT})"
# An S3 that is away is noticed before whoever uploads gives up.
_TIMEOUTS: dict[str, Any] = {"connect_timeout": "5s", "read_timeout": "20s", "timeout": "300s"}
_RETRIES: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=15)}


class StorageError(Exception):
    """The storage is away, or refuses."""


class Storage:
    """A place for objects. ``origin`` is where browsers are sent for them, when not to the app."""

    origin: str | None = None

    def __init__(self, store: Any) -> None:
        self._store = store

    def put(self, name: str, file: IO[bytes], content_type: str, disposition: str) -> None:
        """Keep what is in a file, in parts, under a new name. ``no_space`` when there is none."""
        file.seek(0)
        _call(self._put, name, file, {"Content-Type": content_type, "Content-Disposition": disposition})

    def pieces(self, name: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes from ``start`` up to but not including ``end``. Between two pieces no thread is held."""
        while start < end:
            length = min(_PIECE_BYTES, end - start)
            piece = bytes(_call(obstore.get_range, self._store, name, start=start, length=length))
            if len(piece) != length:
                raise StorageError(f"{name} is shorter than it was")
            yield piece
            start += length

    def delete(self, name: str) -> None:
        """Remove an object; one that is not there is gone."""
        with suppress(FileNotFoundError):
            _call(self._delete, name)

    def names(self) -> Iterator[tuple[str, int]]:
        """The name and size of each object, in some order."""
        listed = _call(obstore.list, self._store, chunk_size=1000)
        while found := _call(next, listed, None):
            yield from ((each["path"], each["size"]) for each in found)

    def address_of(self, name: str) -> str | None:
        """Where a browser gets an object from, for a minute; None when from here."""
        return None

    def _put(self, name: str, file: IO[bytes], attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def _delete(self, name: str) -> None:
        obstore.delete(self._store, name)


class Folder(Storage):
    """Files in a folder that nobody else may look into."""

    def __init__(self, path: Path, mode: int) -> None:
        path.mkdir(parents=True, exist_ok=True)
        with suppress(PermissionError):  # it is somebody else's, who knows why
            path.chmod(mode)
        self.path = path
        super().__init__(LocalStore(prefix=path, automatic_cleanup=True))

    def _put(self, name: str, file: IO[bytes], attributes: dict[str, str]) -> None:
        obstore.put(self._store, name, file)
        # Acked means on the disk, as with messages.
        for path in (self.path / name, (self.path / name).parent, self.path):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _delete(self, name: str) -> None:
        # Where the library writes; left by a process that was killed meanwhile, and never listed.
        (self.path / f"{name}#1").unlink(missing_ok=True)
        super()._delete(name)


class Bucket(Storage):
    """A bucket, or a part of one. Objects know how they are to be served."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        endpoint = query.get("endpoint", "")
        options: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
        store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            region=query.get("region", "us-east-1"),
            virtual_hosted_style_request=not endpoint,
            client_options=cast(Any, {"allow_http": endpoint.startswith("http://"), **_TIMEOUTS}),
            retry_config=_RETRIES,
            **options,
        )
        super().__init__(store)
        signed = urlsplit(self.address_of("x") or "")
        self.origin = f"{signed.scheme}://{signed.netloc}"

    def address_of(self, name: str) -> str | None:
        return obstore.sign(self._store, "GET", name, timedelta(seconds=SIGNED_SECONDS))

    def _put(self, name: str, file: IO[bytes], attributes: dict[str, str]) -> None:
        obstore.put(self._store, name, file, attributes=attributes)


def init_app(app: Flask) -> None:
    """Open the storage of STORAGE_URL."""
    url = app.config["STORAGE_URL"]
    if url.startswith("s3://"):
        app.extensions["storage"] = Bucket(url)
    else:
        # nginx has to get in where it is to serve them; by its group, which the operator gives the folder.
        app.extensions["storage"] = Folder(Path(url), 0o750 if app.config["X_ACCEL_REDIRECT"] else 0o700)


def storage() -> Storage:
    """The app's."""
    found: Storage = current_app.extensions["storage"]
    return found


def no_space() -> ChatError:
    """The disk is full."""
    return ChatError("no_space", "The server's disk is full. Tell whoever runs it.")


def _call(function: Any, *args: Any, **kwargs: Any) -> Any:
    """In a thread; the library's errors and the system's come out as ours."""
    try:
        return _workers.run(function, *args, **kwargs)
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or any(
            mark in str(error) for mark in _NO_SPACE
        ):
            raise no_space() from error
        raise StorageError(str(error).split("\n")[0]) from error
