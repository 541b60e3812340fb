# do not pre-load
"""The file scheduler.log: written by many processes at once, rotated at midnight, readable by docassemble.

docassemble's Logs page lists every file of its folder, so there is no lock file: the log
itself is locked while its day changes. Its modification time is that of its last record, so that every
process reads the day of the content off the file and none has to remember it.

Beside threads that are busy, each call of the system may cost a record five milliseconds, because Python may hand
the interpreter to another thread. So nearly all records take one: the write. Ten times a second, at most, a look is
taken whether the open file still is the one at the path.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from datetime import time as datetime_time
from pathlib import Path
from typing import Final

from ..privileges import give_to_owner_of_folder
from .log_format import LineFormatter

_MODE: Final = 0o644
_APPEND: Final = os.O_WRONLY | os.O_APPEND
_LOCK_TRIES: Final = 200
_LOCK_PAUSE: Final = 0.005
#: A record this much older than the last one was not late: the clock has been set back. Nanoseconds.
_SET_BACK: Final = 3600 * 10**9
#: So much of a day's end belongs to midnight: the system's own time of a write may be in the next day. Seconds.
_MIDNIGHT: Final = 1.0
#: So long after a look at the path, records are written into the open file without one. Seconds.
LOOK_EVERY: Final = 0.1


@dataclass(frozen=True, slots=True)
class _Kept:
    """The file of the last record, left open, and the day of its content (Unix times)."""

    fd: int
    status: os.stat_result
    begin: float
    end: float

    def is_at_path(self, status: os.stat_result | None) -> bool:
        """Tell whether this is the file at the path, whose status is given, and all in it is of its day."""
        return status is not None and os.path.samestat(self.status, status) and self.takes(status.st_mtime)

    def takes(self, *moments: float) -> bool:
        """Tell whether all of these moments are of its day."""
        return self.begin <= min(moments) and max(moments) < self.end - _MIDNIGHT


class SharedLogFile(logging.Handler):
    """Appends records to `path`; safe with any number of threads, processes and forks.

    At the first record of a new day in `zone` the file becomes `scheduler.log.2026-01-31`,
    after the day of its content; the newest `keep` of those stay. The file stays open between records; within
    `look_every` seconds it is noticed that another process has rotated it, or somebody has deleted it.

    Never raises, and never waits for another process longer than about a second. When the file
    cannot be written, `complain` is called once; once more when it can, with the number of
    records lost, which the log then says as well.
    """

    def __init__(
        self,
        path: Path,
        *,
        zone: tzinfo,
        keep: int = 7,
        complain: Callable[[str], None],
        look_every: float = LOOK_EVERY,
    ) -> None:
        super().__init__()
        self.setFormatter(LineFormatter(zone))
        self._path = path
        self._zone = zone
        self._keep = keep
        self._complain = complain
        self._look_every = look_every
        self._lost = 0
        self._kept: _Kept | None = None
        #: when the path was looked at last (Unix time)
        self._looked_at = 0.0

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

    def close(self) -> None:
        """Close the file; a record that comes later opens it again."""
        self.acquire()
        try:
            self._let_go()
        finally:
            self.release()
        super().close()

    def _append(self, data: bytes, created: float) -> None:
        kept = self._kept
        if kept is not None and self._is_current(kept, created):
            with suppress(OSError):  # closed by code that closes all files: what fails here is tried anew
                _write(kept.fd, data)
                return
        self._let_go()
        with self._current(created) as (fd, before):
            _write(fd, data)
            last = self._last_record(before, created)
            # Only the owner may set it; for others the system's own time of the write is near enough.
            with suppress(PermissionError):
                os.utime(fd, ns=(last, last))
            with suppress(OSError):  # no more files may be open: the next record does without
                self._leave_open(os.dup(fd), before, self._day(created))

    def _is_current(self, kept: _Kept, created: float) -> bool:
        """Tell whether a record can simply be written into the open file."""
        now = time.time()
        if not 0.0 <= now - self._looked_at < self._look_every:
            if not kept.is_at_path(self._status()):
                return False
            self._looked_at = now
        return kept.takes(created, now)

    def _leave_open(self, fd: int, status: os.stat_result, day: date) -> None:
        self._kept = _Kept(fd, status, self._begin(day), self._begin(day + timedelta(days=1)))

    def _let_go(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            with suppress(OSError):
                os.close(kept.fd)

    def _status(self) -> os.stat_result | None:
        try:
            return self._path.stat()
        except FileNotFoundError:
            return None

    @contextmanager
    def _current(self, created: float) -> Iterator[tuple[int, os.stat_result]]:
        """Yield the descriptor of the file for a record of that time, locked if possible, and its status."""
        while True:
            fd = self._open()
            locked = _lock(fd)
            try:
                status = os.fstat(fd)
                if self._is_ours(status) and not (locked and self._rotated(status, created)):
                    yield fd, status
                    return
            finally:
                # Closing is not enough: a child that was forked just now holds the same lock.
                fcntl.flock(fd, fcntl.LOCK_UN)
                os.close(fd)

    def _open(self) -> int:
        try:
            return os.open(self._path, _APPEND)
        except FileNotFoundError:
            self._create(_MODE)
        return os.open(self._path, _APPEND)

    def _create(self, mode: int) -> None:
        # never where a link leads: the folder is not root's, and root may be who writes here
        fd = os.open(self._path, _APPEND | os.O_CREAT | os.O_NOFOLLOW, mode)
        try:
            os.fchmod(fd, mode)  # whatever the umask
            give_to_owner_of_folder(fd, self._path.parent)
        finally:
            os.close(fd)

    def _is_ours(self, status: os.stat_result) -> bool:
        """Tell whether the open file still is the one at the path: another process may have rotated it."""
        current = self._status()
        return current is not None and os.path.samestat(status, current)

    def _rotated(self, status: os.stat_result, created: float) -> bool:
        """Move a file of an earlier day aside. When that fails it is written on until the next midnight."""
        day = self._day(status.st_mtime)
        if not status.st_size or day >= self._day(created):
            return False
        try:
            self._path.rename(self._free_name(day))
            self._create(stat.S_IMODE(status.st_mode))  # which an administrator may have given
            self._prune()
        except OSError as error:
            self._complain(f"cannot rotate {self._path}: {error}")
        return not self._is_ours(status)

    def _day(self, timestamp: float) -> date:
        return datetime.fromtimestamp(timestamp, self._zone).date()

    def _begin(self, day: date) -> float:
        return datetime.combine(day, datetime_time(), self._zone).timestamp()

    def _last_record(self, before: os.stat_result, created: float) -> int:
        """Return the time (nanoseconds) of the file after a record; a late one does not turn it back."""
        this = int(created * 10**9)
        if before.st_size:
            late = before.st_mtime_ns - _SET_BACK < this < before.st_mtime_ns
            return before.st_mtime_ns if late else this
        day = self._day(created)
        if self._dated(day).exists():
            # Late as well: it overtook the record that moved its day aside, and must not cause that again.
            return int(self._begin(day + timedelta(days=1)) * 10**9)
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


def _write(fd: int, data: bytes) -> None:
    """Append; raises OSError, and leaves no half line unless somebody has written behind it since."""
    written = os.write(fd, data)
    if written < len(data):
        end = os.lseek(fd, 0, os.SEEK_CUR)
        if os.fstat(fd).st_size == end:
            os.ftruncate(fd, end - written)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


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
