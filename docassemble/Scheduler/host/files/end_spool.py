# do not pre-load
"""Ends of runs that are not on record yet, in shared memory: there they outlive a process that is killed.

Each process has a file of its own in a file system that is memory. A write is a copy of some hundred bytes: no call
of the system, in which Python would let another thread go on. The memory is reserved when the file is made: a write to
memory that is not there would end the process.
"""

from __future__ import annotations

import hashlib
import json
import logging
import mmap
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from ...core.run import EndedRun, Outcome, Status
from ..processes import host_id, started_ticks

FOLDER: Final = Path("/dev/shm")  # noqa: S108 - each file is made by us, for us alone, or it is not used
#: an end has one of so many slots of that size (bytes): a length, and that many bytes of JSON
SLOTS, SIZE = 256, 1024
#: what dead processes of other sites have left is removed after so long (seconds): there may be no such site any more
KEEP: Final = 7 * 86_400
_HEAD: Final = 4
_FREE: Final = bytes(_HEAD)

_dumps = json.JSONEncoder(separators=(",", ":")).encode


class EndSpoolFile:
    """The spool of one process, and what others of this machine have left in theirs.

    `site` tells the sites of a machine apart: the same for all processes that share a database.
    """

    def __init__(self, site: str, logger: logging.Logger, folder: Path = FOLDER) -> None:
        self._of_host = f"docassemble-scheduler-{_short(host_id())}-"
        self._of_site = f"{self._of_host}{_short(site)}-"
        self._folder = folder
        self._logger = logger
        self._path: Path | None = None
        #: None until it is open, and where there is no such memory
        self._memory: mmap.mmap | None = None
        self._free = list(range(0, SLOTS * SIZE, SIZE))
        #: run -> where its end stands
        self._places: dict[str, int] = {}

    def open(self) -> None:
        """Make the file of the present process. Where that cannot be done, ends that wait are lost with the process."""
        pid = os.getpid()
        path = self._folder / f"{self._of_site}{pid}-{started_ticks(pid)}-{secrets.token_hex(4)}"
        try:
            self._memory = _reserved(path)
        except OSError as error:
            self._logger.info("Ends of runs do not outlive a process that is killed: %s", error)
        else:
            self._path = path

    def note(self, ended: EndedRun) -> bool:
        """Keep the end of a run that succeeded; return whether its record may wait: False when there is no room for it.

        Safe to be called by any thread.
        """
        memory, outcome = self._memory, ended.outcome
        if memory is None:
            return True
        times = outcome.started.timestamp(), outcome.finished.timestamp()
        data = _dumps((ended.run.id, *times, outcome.result, outcome.log)).encode("ascii")
        if len(data) > SIZE - _HEAD:
            return False
        try:
            place = self._free.pop()
        except IndexError:
            return False
        memory[place + _HEAD : place + _HEAD + len(data)] = data
        memory[place : place + _HEAD] = len(data).to_bytes(_HEAD, "little")  # now it is there, as a whole
        self._places[ended.run.id] = place
        return True

    def forget(self, run: str) -> None:
        """Let go of the end of a run that is on record."""
        place = self._places.pop(run, None)
        if place is not None and self._memory is not None:
            self._memory[place : place + _HEAD] = _FREE
            self._free.append(place)

    def recover(self, record: Callable[[Mapping[str, Outcome]], object]) -> None:
        """Give `record` the ends that dead processes have left, by run, and let go of them; raises what it raises."""
        for path in self._of_the_dead():
            is_of_site = path.name.startswith(self._of_site)
            if is_of_site and (ends := _ends_in(path)):
                record(ends)
                self._logger.info("A process that was killed had left the ends of %d runs", len(ends))
            with suppress(OSError):  # another process was faster, or it is no file of ours
                if is_of_site or time.time() - path.lstat().st_ctime > KEEP:
                    path.unlink()

    def close(self) -> None:
        """Remove the file, unless something has not been recorded: the next process will find it."""
        path, self._path = self._path, None
        if path is not None and not self._places:
            self._memory = None
            path.unlink(missing_ok=True)

    def _of_the_dead(self) -> Iterator[Path]:
        for path in sorted(self._folder.glob(f"{self._of_host}*")):
            _, pid, ticks, *_ = [*path.name.removeprefix(self._of_host).split("-"), "", ""]
            if pid.isdecimal() and started_ticks(int(pid)) != ticks:
                yield path


def _short(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]


def _reserved(path: Path) -> mmap.mmap:
    """Make a file of memory that is there; raises OSError."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(fd, 0, SLOTS * SIZE)
        return mmap.mmap(fd, SLOTS * SIZE)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(fd)


def _ends_in(path: Path) -> Mapping[str, Outcome]:
    """Return the ends in a file, by run; none if it is not one of ours."""
    ends = {}
    with suppress(OSError):
        data = _read(path)
        for place in range(0, len(data), SIZE):
            length = int.from_bytes(data[place : place + _HEAD], "little")
            with suppress(ValueError, TypeError, OverflowError, RecursionError):  # it was just being written
                run, started, finished, result, log = json.loads(data[place + _HEAD : place + _HEAD + length])
                ends[str(run)] = Outcome(
                    status=Status.SUCCEEDED,
                    started=datetime.fromtimestamp(started, timezone.utc),
                    finished=datetime.fromtimestamp(finished, timezone.utc),
                    result=result and str(result),
                    log=log and str(log),
                )
    return ends


def _read(path: Path) -> bytes:
    """Return what is in a file of this user; raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        is_ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()
        return file.read(SLOTS * SIZE) if is_ours else b""
