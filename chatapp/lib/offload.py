"""Blocking work in real threads, so that the event loop goes on serving everybody else.

``run`` waits for the result cooperatively. Without an event loop (the flask CLI, unit tests) it is a plain call.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
# More than the database connections there may be, so that whoever holds a lock always finds a thread to commit in.
_THREADS = 20


def run(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call ``function`` in a real thread and return its result or raise its error.

    The function must not log, sleep or take locks of the patched standard library: those belong to the loop.
    Called from such a thread already, it runs in place.
    """
    return _call(function, *args, **kwargs)


def has_loop() -> bool:
    """Whether there is an event loop to be left."""
    return _call is not _plain_call


class Workers:
    """``count`` real threads of their own, for work that would take all the shared ones, or much memory in each."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._call: Callable[..., Any] | None = None
        # Whoever waits for one of these threads waits on the loop, and keeps none of the shared ones meanwhile.
        self._turn = BoundedSemaphore(count)

    def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Like the function ``run``, in one of these threads."""
        if self._call is None:
            self._call = _make_workers(self._count)
        with self._turn:
            return self._call(function, *args, **kwargs)


def use(mode: str) -> None:
    """Choose how ``run`` leaves the loop: ``eventlet`` or ``gevent``. Called once, after the patching."""
    global _call, _make_workers
    _call, _make_workers = {"eventlet": _eventlet, "gevent": _gevent}[mode]()
    run(int)  # starts the threads before anybody is kept waiting by it


def _plain_call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


def _eventlet() -> tuple[Callable[..., Any], Callable[[int], Callable[..., Any]]]:
    from eventlet import patcher, tpool

    # Neither may be patched: they work between real threads.
    queue, thread = patcher.original("queue").SimpleQueue, patcher.original("threading").Thread

    def make_workers(count: int) -> Callable[..., Any]:
        jobs = queue()
        for _ in range(count):
            thread(target=_work_off, args=(jobs,), daemon=True).start()

        def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            answer = queue()
            jobs.put((function, args, kwargs, answer))
            result, error = tpool.execute(answer.get)
            if error is not None:
                raise error
            return result

        return call

    return tpool.execute, make_workers  # which runs in place when it is in one of its threads already


def _work_off(jobs: Any) -> None:
    while True:
        function, args, kwargs, answer = jobs.get()
        try:
            answer.put((function(*args, **kwargs), None))
        except BaseException as error:  # noqa: BLE001 (raised again where the result is waited for)
            answer.put((None, error))


def _gevent() -> tuple[Callable[..., Any], Callable[[int], Callable[..., Any]]]:
    from gevent import get_hub
    from gevent.monkey import get_original
    from gevent.threadpool import ThreadPool

    get_hub().threadpool.maxsize = _THREADS
    get_ident = get_original("threading", "get_ident")
    inside: set[int] = set()

    def outcome(function: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Any, BaseException | None]:
        # An error that leaves a pool's thread is printed with its traceback, however well it is expected.
        inside.add(get_ident())
        try:
            return function(*args, **kwargs), None
        except BaseException as error:  # noqa: BLE001 (raised again where the result is waited for)
            return None, error
        finally:
            inside.discard(get_ident())

    def caller(pool: Any) -> Callable[..., Any]:
        def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            if get_ident() in inside:
                return function(*args, **kwargs)
            result, error = pool.apply(outcome, (function, args, kwargs))
            if error is not None:
                raise error
            return result

        return call

    return caller(get_hub().threadpool), lambda count: caller(ThreadPool(count))


_call: Callable[..., Any] = _plain_call
_make_workers: Callable[[int], Callable[..., Any]] = lambda _count: _plain_call  # noqa: E731
