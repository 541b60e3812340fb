# do not pre-load
"""Raising an exception in a thread that runs a job."""

from __future__ import annotations

import asyncio
import ctypes
import signal
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any

from ..core.errors import JobStopped
from .cancellation import Stop

#: wakes a main thread; neither docassemble nor Celery uses it there
WAKE = signal.SIGUSR2


@contextmanager
def interruptible(stop: Stop) -> Iterator[None]:
    """Let `stop` raise its exception in this thread while the block lasts: at the next Python instruction.

    A thread that waits inside of C code, in `time.sleep` for example, gets it when that is over. It is woken where
    `let_interruptions_wake` was called.
    """
    thread = threading.get_ident()
    with stop.interruptible(lambda exception: _raise_in(thread, exception), _take_back):
        yield


def let_interruptions_wake() -> None:
    """Let interruptions of the main thread end its waiting too; to be called there, nothing happens elsewhere.

    Only for a process of which the signals are Python's, and whose jobs run in its main thread: one of Celery's.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(WAKE, _woken)


async def awaited(awaitable: Awaitable[Any], stop: Stop) -> object:
    """Await, in an event loop of its own; `stop` then cancels it as well, so that nothing sleeps on."""
    loop = asyncio.get_running_loop()
    thread = threading.get_ident()
    task = asyncio.ensure_future(awaitable)

    def interrupt(exception: type[JobStopped]) -> None:
        loop.call_soon_threadsafe(task.cancel)  # wakes it from its waiting
        _raise_in(thread, exception)  # ends what does not wait

    with stop.interruptible(interrupt, _take_back):
        return await task


class _Nothing(BaseException):
    """Arrives in place of an exception that is taken back."""


def _raise_in(thread: int, exception: type[BaseException]) -> None:
    wakes = signal.getsignal(WAKE) is _woken
    _set(thread, exception)
    if wakes:
        signal.pthread_kill(thread, WAKE)


def _take_back() -> None:
    """Take back what has not arrived in this thread.

    CPython up to 3.11 cannot be told that nothing is to arrive: it would look for it at each instruction from then on
    (and for ever at the same one, under a tracer). So something else arrives, here.
    """
    try:
        _set(threading.get_ident(), _Nothing)
        while True:
            pass
    except _Nothing:
        pass


def _set(thread: int, exception: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(exception))


def _woken(_signal: int, _frame: object) -> None:
    """Execute some Python instructions in the thread that waited: the exception is raised at one of them."""
    for _ in range(2):
        pass
