# do not pre-load
"""The log of a run: what it wrote with `log()`, printed and told `logging` while it ran, kept beside its record."""

from __future__ import annotations

import logging
import threading
from asyncio import Future
from collections import deque
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any, Final

from ...core.progress import Told
from .captured import Captured

#: how much of a run's log is kept: records, and characters in all
MAX_RECORDS, MAX_CHARACTERS = 200, 20_000
#: how much of one record is kept (characters)
MAX_RECORD = 4_000


class RunLog:
    """What one run tells while it goes on: its latest records, and how far it is; used by all its threads."""

    #: what it prints and tells `logging`; None = nothing yet, which costs a run nothing
    captured: Captured | None = None

    def __init__(self) -> None:
        #: when it started; None before
        self.started: datetime | None = None
        #: of an asynchronous job: what its event loop runs
        self.task: Future[Any] | None = None
        #: how far it said that it is; None = it has not said
        self.progress: Told | None = None
        self._lock = threading.Lock()
        self._records: deque[str] = deque()
        self._characters = 0
        self._dropped = 0

    def add(self, record: str) -> None:
        """Keep a record, and drop the oldest ones when they are too many or too much."""
        if len(record) > MAX_RECORD:
            record = f"{record[:MAX_RECORD]}..."
        with self._lock:
            self._records.append(record)
            self._characters += len(record) + 1
            while len(self._records) > MAX_RECORDS or self._characters > MAX_CHARACTERS:
                self._characters -= len(self._records.popleft()) + 1
                self._dropped += 1

    def take(self, write: Callable[[str, str], None]) -> Captured:
        """Return what takes what the run prints; `write` is called with each line of it."""
        # one call of C: of two threads that print first, both have the same
        return self.captured or self.__dict__.setdefault("captured", Captured(write))

    @property
    def written(self) -> int:
        """How many records were added; for a look whether it has changed."""
        return self._dropped + len(self._records)

    def text(self) -> str | None:
        """Return what was kept, each record on a line; None when nothing was written."""
        if not self._records:
            return None
        with self._lock:
            dropped = [self._told_of_dropped()] if self._dropped else []
            return "\n".join((*dropped, *self._records))

    def _told_of_dropped(self) -> str:
        is_gone = self.captured is not None and self.captured.is_too_much
        return f"({self._dropped} earlier records are {'not kept' if is_gone else 'in scheduler.log'})"


class RunFormatter(logging.Formatter):
    r"""A record as in scheduler.log, without the name of the job; further lines of it are indented.

    Like there, all is printable ASCII: any database keeps it.
    """

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802, D102 - the name is logging's
        return f"{moment(record, self._zone)} {record.levelname} {record.message}"

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text, without a newline at its end."""
        return "\n    ".join(map(one_line, super().format(record).splitlines()))


_ESCAPES: Final = {code: f"\\x{code:02x}" for code in (*range(32), 127)} | {9: "\\t", 10: "\\n", 13: "\\r"}


def one_line(text: str) -> str:
    r"""Return a text as one line of ASCII: whatever is not printable ASCII is escaped (`\n`, `\xe9`)."""
    if not text.isascii():
        text = text.encode("ascii", "backslashreplace").decode("ascii")
    return text if text.isprintable() else text.translate(_ESCAPES)


def moment(record: logging.LogRecord, zone: tzinfo) -> str:
    """Return when a record was made, in `zone`, to the millisecond."""
    return datetime.fromtimestamp(record.created, zone).replace(tzinfo=None).isoformat(" ", "milliseconds")
