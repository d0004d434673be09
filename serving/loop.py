"""The event loop of each async mode, as far as serving needs it. Imports nothing of the app, and no loop before it
is asked for one: gunicorn's arbiter stays as Python made it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Loop:
    """``spawn(function, *arguments)``, ``sleep(seconds)``, ``timeout(seconds)``: a context that ends early."""

    spawn: Callable[..., Any]
    sleep: Callable[[float], None]
    timeout: Callable[[float], Any]


_patched: list[str] = []


def is_patched() -> bool:
    """Whether a worker of ours has made everything ready for the app."""
    return bool(_patched)


def patch(mode: str) -> Loop:
    """Patch the standard library for ``eventlet`` or ``gevent``; harmless when done already."""
    _patched.append(mode)
    return {"eventlet": _eventlet, "gevent": _gevent}[mode]()


def _eventlet() -> Loop:
    # Known, and the reason why there is ASYNC_MODE: docs/decisions/eventlet.md
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()
    return Loop(eventlet.spawn_n, eventlet.sleep, lambda seconds: eventlet.Timeout(seconds, False))


def _gevent() -> Loop:
    from gevent import monkey

    monkey.patch_all()
    import gevent

    return Loop(gevent.spawn_raw, gevent.sleep, lambda seconds: gevent.Timeout(seconds, False))
