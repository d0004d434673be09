"""Blocking work in real threads, so that the event loop goes on serving everybody else.

``run`` waits for the result cooperatively. Without an event loop (the flask CLI, unit tests) it is a plain call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def run(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call ``function`` in a real thread and return its result or raise its error.

    The function must not log, sleep or take locks of the patched standard library: those belong to the loop.
    Called from such a thread already, it runs in place.
    """
    return _call(function, *args, **kwargs)


def use(mode: str) -> None:
    """Choose how ``run`` leaves the loop: ``eventlet`` or ``gevent``. Called once, after the patching."""
    global _call
    _call = {"eventlet": _eventlet_call, "gevent": _gevent_call}[mode]()


def _plain_call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


def _eventlet_call() -> Callable[..., Any]:
    from eventlet import tpool

    execute: Callable[..., Any] = tpool.execute  # runs in place when it is in one of its threads already
    return execute


def _gevent_call() -> Callable[..., Any]:
    from gevent import get_hub
    from gevent.monkey import get_original

    get_ident = get_original("threading", "get_ident")
    inside: set[int] = set()

    def marked(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        inside.add(get_ident())
        try:
            return function(*args, **kwargs)
        finally:
            inside.discard(get_ident())

    def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if get_ident() in inside:
            return function(*args, **kwargs)
        return get_hub().threadpool.apply(marked, (function, args, kwargs))

    return call


_call: Callable[..., Any] = _plain_call
