# do not pre-load
"""Who hears what becomes of due times and runs: the log, monitors, mails. One base class, and several as one."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ..core.errors import is_interruption
from ..core.job import Job
from ..core.run import Due, Interruption, Outcome, Run, UnrunDueTimes
from .context import isolated, running
from .log.logger import report_error


class RunObserver:
    """Hears of due times and runs; a subclass has the hooks that it needs, the others do nothing."""

    def waiting(self, due: Due) -> None:
        """Hear that `due` waits for a free slot."""

    def locked(self, due: Due) -> None:
        """Hear that `due` waits because somebody has locked its rows in the database."""

    def unrun(self, unrun: UnrunDueTimes) -> None:
        """Hear that due times end without a run, and why."""

    def started(self, run: Run) -> None:
        """Hear that a run begins; not when `only if` says that it does not."""

    def finished(self, run: Run, outcome: Outcome) -> None:
        """Hear how a run ended, once its record is written or waits to be."""

    def interrupted(self, interruption: Interruption, job: Job | None) -> None:
        """Hear of a run that was found without a process; the job is None when it is not configured here."""


class Observers(RunObserver):
    """Tells each of its observers, in order; none of them can disturb a run or another observer."""

    def __init__(self, observers: Sequence[RunObserver], logger: logging.Logger) -> None:
        #: hook -> those that have it
        self._hearing = {
            hook: tuple(each for each in observers if _hears(each, hook))
            for hook in vars(RunObserver)
            if not hook.startswith("_")
        }
        self._logger = logger

    def waiting(self, due: Due) -> None:
        """Tell that `due` waits for a free slot."""
        self._tell("waiting", due)

    def locked(self, due: Due) -> None:
        """Tell that `due` waits for locked rows."""
        self._tell("locked", due)

    def unrun(self, unrun: UnrunDueTimes) -> None:
        """Tell that due times end without a run."""
        self._tell("unrun", unrun)

    def started(self, run: Run) -> None:
        """Tell that a run begins."""
        self._tell("started", run)

    def finished(self, run: Run, outcome: Outcome) -> None:
        """Tell how a run ended."""
        isolated(self._tell_of_end, run, outcome)

    def interrupted(self, interruption: Interruption, job: Job | None) -> None:
        """Tell of a run that was found without a process."""
        isolated(self._tell, "interrupted", interruption, job)

    def _tell_of_end(self, run: Run, outcome: Outcome) -> None:
        with running(run):
            self._tell("finished", run, outcome)

    def _tell(self, hook: str, *facts: object) -> None:
        for observer in self._hearing[hook]:
            try:
                getattr(observer, hook)(*facts)
            except BaseException as error:  # the run and the other observers have nothing to do with it
                if is_interruption(error):
                    raise  # meant for the job, in whose time this is
                report_error(self._logger, "An observer of the runs failed: %s", type(observer).__name__)


def _hears(observer: RunObserver, hook: str) -> bool:
    return getattr(type(observer), hook) is not getattr(RunObserver, hook)
