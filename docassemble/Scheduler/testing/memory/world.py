# do not pre-load
"""What servers share, in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from ...errors import StoreUnavailable
from ...record import Ending, Outcome, Run, Status
from ...store import Process, Pulse


@dataclass
class MemoryRow:
    """A record of a run, or of due times that ended without one."""

    run: Run | None
    ending: Ending | None
    status: Status
    process: str
    finished: datetime | None = None
    outcome: Outcome | None = None
    retry_at: datetime | None = None

    @property
    def job(self) -> str:
        """The name of the job."""
        return self.run.job.name if self.run else self.ending.job.name if self.ending else ""


@dataclass
class MemoryJob:
    """What is known of a job."""

    schedule: str
    cursor: datetime
    lease: Run | None = None
    paused: bool = False


class MemoryWorld:
    """What servers share, in memory; each has a MemoryStore of its own to reach it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.jobs: dict[str, MemoryJob] = {}
        self.rows: list[MemoryRow] = []
        self.beats: dict[str, Pulse] = {}
        #: while true, every store raises StoreUnavailable
        self.away = False


class Memory:
    """What every part of the store in memory needs."""

    def __init__(self, world: MemoryWorld | None = None) -> None:
        self.world = world or MemoryWorld()
        self._process: Process | None = None

    @contextmanager
    def _transaction(self) -> Iterator[MemoryWorld]:
        if self.world.away:
            raise StoreUnavailable("the memory is away")
        with self.world.lock:
            yield self.world

    @property
    def _name(self) -> str:
        return self._process.id if self._process else ""
