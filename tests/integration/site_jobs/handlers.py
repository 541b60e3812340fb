# do not pre-load
"""Log handlers of a site, for the setting `log handlers`: they note what they get."""

import logging
import time

from site_jobs.noting import write


class Noting(logging.Handler):
    """Notes each record."""

    def emit(self, record: logging.LogRecord) -> None:
        write("logged", level=record.levelname, job=record.job, event=record.event, text=self.format(record))


class Hanging(logging.Handler):
    """Hangs for a minute with its first record."""

    def emit(self, record: logging.LogRecord) -> None:
        self.setLevel(logging.CRITICAL + 1)
        write("hangs")
        time.sleep(60)
        write("goes on")


def nothing() -> None:
    """Return no handler."""
