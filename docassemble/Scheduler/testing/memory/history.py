# do not pre-load
"""What people look at, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from ...core.run import Status, Trigger
from ...store.records import (
    BARS,
    PAGE,
    RECENT,
    TROUBLES,
    Bar,
    Event,
    JobRecord,
    ProcessRecord,
    RunQuery,
    RunRecord,
    ServerRecord,
)
from .world import Memory, MemoryJob, MemoryRow, MemoryWorld


class MemoryHistory(Memory):
    """Reads what there is to see."""

    def jobs(self, names: Collection[str] | None = None, recent: int = RECENT) -> Sequence[JobRecord]:
        """Return these jobs (None = all that were ever seen) by name, as far as they are known."""
        with self._transaction() as world:
            return [
                _job_record(name, known, [row for row in world.rows if row.job == name], recent)
                for name, known in sorted(world.jobs.items())
                if names is None or name in names
            ]

    def runs(self, query: RunQuery) -> Sequence[RunRecord]:
        """Return a page of records, newest first, without tracebacks and logs."""
        with self._transaction() as world:
            found = [_run_record(row) for row in _newest_first(world) if _is_meant(row, query)]
            return found[: query.limit]

    def run(self, id_: str) -> RunRecord | None:
        """Return one record with everything; None when there is none (any more)."""
        with self._transaction() as world:
            found = [_run_record(row, heavy=True) for row in world.rows if row.id == id_]
            return found[0] if found else None

    def timeline(self, since: datetime, until: datetime, limit: int = BARS) -> Sequence[Bar]:
        """Return what was going on between two instants, by its beginning; at most `limit`: here the latest."""
        with self._transaction() as world:
            bars = [_bar(row) for row in world.rows]
        within = [bar for bar in bars if bar.began < until and (bar.ended is None or bar.ended >= since)]
        within.sort(key=lambda bar: (bar.status in TROUBLES, bar.ended is None, bar.ended or bar.began))
        return sorted(within[-limit:], key=lambda bar: (bar.began, bar.id))

    def servers(self) -> Sequence[ServerRecord]:
        """Return the servers by name."""
        with self._transaction() as world:
            return [
                _server_record(world, name) for name in sorted({process.server for process in world.seen})
            ]

    def events(
        self, job: str | None = None, *, before: str | None = None, limit: int = PAGE
    ) -> Sequence[Event]:
        """Return a page of who did what, newest first; `before` is the identifier of the last one before."""
        with self._transaction() as world:
            newest_first = sorted(world.events, key=lambda event: event.id, reverse=True)
            return [
                event
                for event in newest_first
                if job in {None, event.job} and (before is None or event.id < before)
            ][:limit]


def _newest_first(world: MemoryWorld) -> list[MemoryRow]:
    return sorted(world.rows, key=lambda row: row.id, reverse=True)


def _job_record(name: str, known: MemoryJob, rows: list[MemoryRow], recent: int) -> JobRecord:
    bars = sorted((_bar(row) for row in rows), key=lambda bar: bar.id)
    return JobRecord(
        name=name,
        paused=known.paused,
        cursor=known.cursor,
        next_due=known.next_due,
        failures=known.streak.failures,
        running=tuple(bar for bar in bars if bar.status is Status.RUNNING),
        recent=tuple(bars[::-1][:recent]),
    )


def _bar(row: MemoryRow) -> Bar:
    record = _run_record(row)
    return Bar(
        id=row.id,
        job=row.job,
        status=row.status,
        due=record.due,
        began=row.started or row.claimed,
        ended=row.finished,
        times=record.count,
    )


def _is_meant(row: MemoryRow, query: RunQuery) -> bool:
    trigger = row.run.trigger if row.run else Trigger.SCHEDULE
    return (
        query.job in {None, row.job}
        and (not query.statuses or row.status in query.statuses)
        and query.trigger in {None, trigger}
        and query.server in {None, row.server}
        and (query.before is None or row.id < query.before)
    )


def _run_record(row: MemoryRow, *, heavy: bool = False) -> RunRecord:
    run, ending, outcome = row.run, row.ending, row.outcome
    error = outcome.error_text if outcome else None
    first = run.due.at if run else ending.first if ending else row.claimed
    return RunRecord(
        id=row.id,
        job=row.job,
        due=first,
        due_until=ending.last if ending else None,
        count=ending.count if ending else 1,
        attempt=run.attempt if run else 1,
        status=row.status,
        trigger=run.trigger if run else Trigger.SCHEDULE,
        process=row.process.id if row.process else None,
        server=row.server,
        claimed=row.claimed,
        started=row.started,
        finished=row.finished,
        retry_at=row.retry_at,
        retried=row.retried,
        stop=row.stop,
        expires=row.expires,
        reason=row.reason,
        result=outcome.result if outcome else None,
        error=error.line if error else None,
        traceback=error.traceback if error and heavy else None,
        log=outcome.log if outcome and heavy else None,
    )


def _server_record(world: MemoryWorld, name: str) -> ServerRecord:
    seen = {process: at for process, at in world.seen.items() if process.server == name}
    living = sorted((process for process in seen if process.id in world.beats), key=lambda each: each.id)
    return ServerRecord(
        name=name,
        seen=max(seen.values()),
        processes=tuple(
            ProcessRecord(
                id=process.id, pid=process.pid, seen=seen[process], manning=world.manning.get(process.id)
            )
            for process in living
        ),
    )
