# do not pre-load
"""What the job threads do for the scheduler itself, because docassemble is needed for it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from ..execution.logger import report_error


class DeferredCalls:
    """Functions that wait to be called, each once; usable from every thread."""

    def __init__(self, logger: logging.Logger, wake: Callable[[], None]) -> None:
        """`wake` has a job thread make the calls that wait."""
        self._logger = logger
        self._wake = wake
        self._waiting: deque[Callable[[], None]] = deque()

    def __bool__(self) -> bool:
        """Return whether anything waits."""
        return bool(self._waiting)

    def add(self, call: Callable[[], None]) -> None:
        """Have a function called by the next thread that has time."""
        self._waiting.append(call)
        self._wake()

    def make(self) -> None:
        """Call what waits; what it raises is logged."""
        while True:
            try:
                call = self._waiting.popleft()
            except IndexError:
                return
            try:
                call()
            except BaseException:  # noqa: BLE001 - the others, and what is due, have nothing to do with it
                report_error(self._logger, "A deferred call of the scheduler failed")
