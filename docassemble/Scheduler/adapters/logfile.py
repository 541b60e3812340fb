# do not pre-load
"""The file scheduler.log: written by many processes at once, rotated at midnight, readable by docassemble.

docassemble's Logs page lists every file of its folder, so there is no lock file: the log
itself is locked. Its modification time is set to the time of its last record, so that every
process reads the day of the content off the file and none has to remember it.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta, tzinfo
from datetime import time as datetime_time
from pathlib import Path
from typing import Final

from ..log_lines import LineFormatter

_MODE: Final = 0o644
_LOCK_TRIES: Final = 200
_LOCK_PAUSE: Final = 0.005
#: A record this much older than the last one was not late: the clock has been set back. Nanoseconds.
_SET_BACK: Final = 3600 * 10**9


class SharedLogFile(logging.Handler):
    """Appends records to `path`; safe with any number of threads, processes and forks.

    At the first record of a new day in `zone` the file becomes `scheduler.log.2026-01-31`,
    after the day of its content; the newest `keep` of those stay. The file is opened anew
    for each record (some 20 microseconds): nothing is shared after a fork, and a file that was
    rotated by another process or deleted is simply not there any more.

    Never raises, and never waits for another process longer than about a second. When the file
    cannot be written, `complain` is called once; once more when it can, with the number of
    records lost, which the log then says as well.
    """

    def __init__(self, path: Path, *, zone: tzinfo, keep: int = 7, complain: Callable[[str], None]) -> None:
        super().__init__()
        self.setFormatter(LineFormatter(zone))
        self._path = path
        self._zone = zone
        self._keep = keep
        self._complain = complain
        self._lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record, or count it as lost."""
        try:
            self._deliver(record)
        except Exception:  # noqa: BLE001 - logging's own rule: a record that cannot be written stops nobody
            self.handleError(record)

    def _deliver(self, record: logging.LogRecord) -> None:
        lost = self._lost
        lines = [self.format(record)]
        if lost:
            lines.insert(0, self.format(_gap(record, lost)))
        try:
            self._append("".join(f"{line}\n" for line in lines).encode("ascii"), record.created)
        except OSError as error:
            # counted before complaining: a complaint that comes back as a record is not complained about
            self._lost += 1
            if not lost:
                self._complain(f"cannot write {self._path}: {error}; records are being lost")
            return
        self._lost = 0
        if lost:
            self._complain(f"{self._path} can be written again; {_records(lost)} lost")

    def _append(self, data: bytes, created: float) -> None:
        with self._current(created) as (fd, locked, before):
            written = os.write(fd, data)
            if written < len(data):
                if locked:
                    os.ftruncate(fd, before.st_size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            last = self._last_record(before, created)
            # Only the owner may set it; for others the system's own time of the write is near enough.
            with suppress(PermissionError):
                os.utime(fd, ns=(last, last))

    @contextmanager
    def _current(self, created: float) -> Iterator[tuple[int, bool, os.stat_result]]:
        """Yield the descriptor of the file for a record of that time, whether we hold its lock, and its status."""
        while True:
            fd = self._open()
            locked = _lock(fd)
            try:
                status = os.fstat(fd)
                if self._is_ours(status) and not (locked and self._rotated(status, created)):
                    yield fd, locked, status
                    return
            finally:
                # Closing is not enough: a child that was forked just now holds the same lock.
                fcntl.flock(fd, fcntl.LOCK_UN)
                os.close(fd)

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_WRONLY | os.O_APPEND)
        except FileNotFoundError:
            self._path.touch(_MODE)
            self._path.chmod(_MODE)  # whatever the umask
        return os.open(self._path, os.O_WRONLY | os.O_APPEND)

    def _is_ours(self, status: os.stat_result) -> bool:
        """Tell whether the open file still is the one at the path: another process may have rotated it."""
        try:
            return os.path.samestat(status, self._path.stat())
        except FileNotFoundError:
            return False

    def _rotated(self, status: os.stat_result, created: float) -> bool:
        """Move a file of an earlier day aside. When that fails it is written on until the next midnight."""
        day = self._day(status.st_mtime)
        if not status.st_size or day >= self._day(created):
            return False
        try:
            self._path.rename(self._free_name(day))
            self._prune()
        except OSError as error:
            self._complain(f"cannot rotate {self._path}: {error}")
        return not self._is_ours(status)

    def _day(self, timestamp: float) -> date:
        return datetime.fromtimestamp(timestamp, self._zone).date()

    def _last_record(self, before: os.stat_result, created: float) -> int:
        """Return the time (nanoseconds) of the file after a record; a late one does not turn it back."""
        this = int(created * 10**9)
        if before.st_size:
            late = before.st_mtime_ns - _SET_BACK < this < before.st_mtime_ns
            return before.st_mtime_ns if late else this
        day = self._day(created)
        if self._dated(day).exists():
            # Late as well: it overtook the record that moved its day aside, and must not cause that again.
            tomorrow = datetime.combine(day + timedelta(days=1), datetime_time(), self._zone)
            return int(tomorrow.timestamp() * 10**9)
        return this

    def _dated(self, day: date) -> Path:
        return self._path.with_name(f"{self._path.name}.{day}")

    def _free_name(self, day: date) -> Path:
        """Return the dated name; a day that comes twice, because the clock was set back, gets a number."""
        first = self._dated(day)
        name, number = first, 1
        while name.exists():
            number += 1
            name = first.with_name(f"{first.name}.{number}")
        return name

    def _prune(self) -> None:
        dated = re.compile(re.escape(self._path.name) + r"\.(\d{4}-\d\d-\d\d)(?:\.(\d+))?")
        found = [
            (match[1], int(match[2] or 1), path)
            for path in self._path.parent.iterdir()
            if (match := dated.fullmatch(path.name)) and path.is_file()
        ]
        for _, _, path in sorted(found, reverse=True)[self._keep :]:
            path.unlink(missing_ok=True)


def _lock(fd: int) -> bool:
    """Lock the file. False when somebody sits on the lock: one write appends the record all the same."""
    for _ in range(_LOCK_TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(_LOCK_PAUSE)
    return False


def _gap(record: logging.LogRecord, lost: int) -> logging.LogRecord:
    gap = logging.makeLogRecord({"name": record.name, "levelno": logging.WARNING, "levelname": "WARNING"})
    gap.created = record.created
    gap.msg = f"{_records(lost)} lost here: the log could not be written"
    return gap


def _records(count: int) -> str:
    return "1 record was" if count == 1 else f"{count} records were"
