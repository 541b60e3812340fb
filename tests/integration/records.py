"""What the scheduler's tables say, read by the tests."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import create_engine, text

#: one due time of one job, as seconds since the epoch
DueTime = tuple[str, float]


@dataclass(frozen=True, kw_only=True)
class Record:
    """A row of the runs. Times are seconds since the epoch."""

    id: str
    job: str
    due: float
    #: the last due time that it stands for
    until: float
    count: int
    attempt: int
    status: str
    trigger: str
    reason: str | None
    claimed: float
    finished: float | None
    pid: int


class Tables:
    """The scheduler's tables."""

    def __init__(self, url: str) -> None:
        # asked ten times a second: it would cost the database more to accept each time
        self._engine = create_engine(url, pool_size=1, pool_pre_ping=True)

    def query(self, statement: str, **values: Any) -> list[Any]:
        """The rows that a SELECT finds; nothing for other statements."""
        with self._engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return list(result) if result.returns_rows else []

    @contextmanager
    def holding(self, statement: str) -> Iterator[None]:
        """Keep a transaction open that has done something, as somebody may who forgets it."""
        with self._engine.begin() as connection:
            connection.execute(text(statement))
            yield

    def records(self, job: str | None = None, *, prefix: str = "") -> list[Record]:
        """All records, of all jobs or one, in the order of their due times."""
        rows = self.query(
            f"SELECT r.*, p.pid AS registered_pid FROM {prefix}scheduler_run r"
            f" JOIN {prefix}scheduler_process p ON p.id = r.process"
            " WHERE :job IS NULL OR r.job = :job ORDER BY r.due, r.attempt",
            job=job,
        )
        return [_record(row) for row in rows]

    def cursors(self) -> dict[str, float]:
        """The last due time of each job that was dealt with."""
        return {row.name: _epoch(row.cursor_at) for row in self.query("SELECT * FROM scheduler_job")}

    def unsettled(self, jobs: Iterable[str], end: float) -> list[str]:
        """Of the due times before `end`: jobs that are not so far yet, and runs that have not ended."""
        cursors = self.cursors()
        behind = [job for job in jobs if cursors.get(job, 0) < end - 1]
        return behind + [
            record.id for record in self.records() if record.due < end and record.status == "running"
        ]


def _record(row: Any) -> Record:
    return Record(
        id=row.id,
        job=row.job,
        due=_epoch(row.due),
        until=_epoch(row.due_until or row.due),
        count=row.count,
        attempt=row.attempt,
        status=row.status,
        trigger=row.trigger,
        reason=row.reason,
        claimed=_epoch(row.claimed),
        finished=row.finished and _epoch(row.finished),
        pid=row.registered_pid,
    )


def _epoch(moment: datetime) -> float:
    return moment.replace(tzinfo=timezone.utc).timestamp()


def covered(records: Iterable[Record]) -> Counter[DueTime]:
    """How many records each due time has, of jobs that are due each second; a retry is no further record."""
    return Counter(
        (record.job, float(second))
        for record in records
        if record.attempt == 1
        for second in range(int(record.due), int(record.until) + 1)
    )


def every_second(jobs: Iterable[str], begin: int, end: int) -> Counter[DueTime]:
    """The due times of jobs that are due each second, `end` excluded."""
    return Counter((job, float(second)) for job in jobs for second in range(begin, end))
