# do not pre-load
"""Several observers of runs as one; none of them can disturb a run or another observer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from ..core.errors import is_interruption
from ..core.job import Job
from ..core.run import Interruption, Outcome, Run
from .executor import Observer
from .logger import report_error

_FAILED = "An observer of the runs failed: %s"


class Watcher(Observer, Protocol):
    """An observer that is also told of runs that lost their process."""

    def interrupted(self, interruption: Interruption, job: Job) -> None:
        """Say that a run was found without a process."""
        ...


class Observers:
    """Tells each of its observers, in order."""

    def __init__(
        self, observers: Sequence[Observer], watchers: Sequence[Watcher], logger: logging.Logger
    ) -> None:
        self._observers = (*observers, *watchers)
        self._watchers = watchers
        self._logger = logger

    def started(self, run: Run) -> None:
        """Tell that the run begins."""
        for observer in self._observers:
            try:
                observer.started(run)
            except BaseException as error:  # the run and the other observers have nothing to do with it
                if is_interruption(error):
                    raise  # meant for the job, in whose time this is
                report_error(self._logger, _FAILED, type(observer).__name__)

    def finished(self, run: Run, outcome: Outcome) -> None:
        """Tell how it ended."""
        for observer in self._observers:
            try:
                observer.finished(run, outcome)
            except BaseException:  # noqa: BLE001 - as above; nobody stops the run any more
                report_error(self._logger, _FAILED, type(observer).__name__)

    def interrupted(self, interruption: Interruption, job: Job) -> None:
        """Tell that a run was found without a process."""
        for watcher in self._watchers:
            try:
                watcher.interrupted(interruption, job)
            except BaseException:  # noqa: BLE001 - as above
                report_error(self._logger, _FAILED, type(watcher).__name__)
