# do not pre-load
"""A run, in a list and on a page of its own."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.durations import short
from ...core.run import Status
from ...store.records import FAILURES, RunRecord
from .badges import STATUSES, Badge
from .viewer import Moment, Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A record, for people."""

    id: str
    job: str
    badge: Badge
    due: Moment
    #: of several due times: the last, and how many
    due_until: Moment | None
    count: int
    started: Moment | None
    finished: Moment | None
    #: how late it started, and how long it took; empty when that is not known
    lateness: str
    duration: str
    server: str
    attempt: int
    trigger: str
    #: why it ended so, in a line
    remark: str
    #: when it is tried again by itself
    retry_at: Moment | None
    can_stop: bool
    can_retry: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """The page of a run."""

    run: RunRow
    result: str
    error: str
    traceback: str
    log: str
    zone: str


def run_row(record: RunRecord, viewer: Viewer) -> RunRow:
    """Put a record into words."""
    late, took = record.lateness, record.duration
    return RunRow(
        id=record.id,
        job=record.job,
        badge=STATUSES[record.status],
        due=viewer.moment(record.due),
        due_until=viewer.moment_or_none(record.due_until),
        count=record.count,
        started=viewer.moment_or_none(record.started),
        finished=viewer.moment_or_none(record.finished),
        lateness="" if late is None else short(late),
        duration="" if took is None else short(took),
        server=record.server or "",
        attempt=record.attempt,
        trigger=record.trigger.value,
        remark=_remark(record),
        retry_at=None if record.retried else viewer.moment_or_none(record.retry_at),
        can_stop=record.status is Status.RUNNING and record.stop is None,
        can_retry=record.status in FAILURES and record.retried is None and record.retry_at is None,
    )


def run_page(record: RunRecord, viewer: Viewer) -> RunPage:
    """Put the page of a run together."""
    return RunPage(
        run=run_row(record, viewer),
        result=record.result or "",
        error=record.error or "",
        traceback=record.traceback or "",
        log=record.log or "",
        zone=viewer.zone.key,
    )


def _remark(record: RunRecord) -> str:
    if record.status is Status.RUNNING and record.stop is not None:
        return "asked to stop"
    if record.expires is not None and record.process is None:
        return "waits for a process that takes it over"
    return record.reason or record.error or ""
