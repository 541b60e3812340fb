# do not pre-load
"""Each run begins afresh: what another one left in the thread does not reach it."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from contextvars import Context
from typing import Any, TypeVar

R = TypeVar("R")


def isolated(work: Callable[..., R], *args: Any) -> R:
    """Call `work` in an empty context and without an event loop; then put back what else hangs on the thread.

    Context variables are those of the context, and so is the context of `decimal`. The thread gets back its name,
    and the functions for tracing and profiling that it had.
    """
    thread = threading.current_thread()
    name, tracing, profiling = thread.name, sys.gettrace(), sys.getprofile()
    try:
        return Context().run(_without_loop, work, args)
    finally:
        if thread.name != name:
            thread.name = name
        if sys.gettrace() is not tracing:
            sys.settrace(tracing)
        if sys.getprofile() is not profiling:
            sys.setprofile(profiling)


def _without_loop(work: Callable[..., R], args: tuple[Any, ...]) -> R:
    asyncio.set_event_loop(None)
    return work(*args)
