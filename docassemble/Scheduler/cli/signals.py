# do not pre-load
"""Ctrl-C while a job runs here: the job is stopped, and its record says so."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ..core.errors import JobStopped
from ..core.run import StopReason
from ..execution.context import current_run


@contextmanager
def stopped_by_keyboard() -> Iterator[None]:
    """Let Ctrl-C, and a polite `kill`, stop the job that runs in this thread, which has to be the main one."""
    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(_number: int, _frame: FrameType | None) -> None:
    current = current_run()
    if current is None:
        raise KeyboardInterrupt
    if current.stop.acknowledged:
        return  # it is at its end: nothing of that may be cut off
    current.stop.request(StopReason.BY_HAND)
    current.stop.acknowledge()
    raise JobStopped(StopReason.BY_HAND.value)
