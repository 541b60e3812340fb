# do not pre-load
"""The rounds of maintenance: they give the signs of life of this process, as long as it is able to run jobs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ..core.manning import Manning
from ..execution.logger import report_error
from .maintenance import Maintenance
from .threads import ThreadPool


class Rounds:
    """Keeps house, unless no job thread can take work.

    Being alive must mean being able: without a sign of life, other servers take over what this process has claimed.
    """

    def __init__(
        self,
        pool: ThreadPool,
        manning: Callable[[], Manning],
        maintenance: Maintenance,
        logger: logging.Logger,
    ) -> None:
        self._pool = pool
        self._manning = manning
        self._maintenance = maintenance
        self._logger = logger
        self._is_able = True

    def go_for_ever(self, period: float) -> None:
        """Make a round every `period` seconds; the function of a thread."""
        pause = threading.Event()
        while True:
            self.go()
            pause.wait(period)

    def go(self) -> None:
        """Make one round; never raises."""
        try:
            self._pool.mend()
            if self._look():
                self._maintenance.keep_house()
        except BaseException:  # noqa: BLE001 - without signs of life, others would take this process for dead
            report_error(self._logger, "A round of the scheduler's maintenance failed")

    def _look(self) -> bool:
        """Return whether this process can run jobs; say so when that changes."""
        manning = self._manning()
        was_able, self._is_able = self._is_able, manning.can_work
        if was_able and not self._is_able:
            self._logger.error(
                "No job thread can take work (%d are stuck); this process stops its heartbeat, "
                "so that other servers take over",
                manning.stuck,
            )
        elif self._is_able and not was_able:
            self._logger.warning("Job threads can take work again; this process resumes its heartbeat")
        return self._is_able
