# do not pre-load
"""The page of a job: how it stands, what became of it, when it is due, who did what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ...core.durations import format_duration
from ...core.job import Job
from ...core.run import Status, Trigger
from ...management.status import JobState, Standing
from ...store.records import Event, RunQuery, RunRecord
from .overview import JobRow, job_row
from .run import RunRow, run_row
from .viewer import Moment, Viewer

#: how many records a page has
PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """Who did what."""

    when: Moment
    who: str
    what: str
    run: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """The page."""

    job: JobRow
    function: str
    #: what else the configuration says: pairs of a key and its value
    facts: tuple[tuple[str, str], ...]
    runs: tuple[RunRow, ...]
    #: the identifier to go on from; None on the last page
    older: str | None
    query: RunQuery
    servers: tuple[str, ...]
    upcoming: tuple[Moment, ...]
    events: tuple[EventRow, ...]
    can_run: bool
    can_pause: bool
    can_resume: bool
    zone: str


#: what can be chosen
STATUSES = tuple(status.value for status in Status)
TRIGGERS = tuple(trigger.value for trigger in Trigger)


def job_page(  # noqa: PLR0913 - what there is to show
    state: JobState,
    *,
    runs: Sequence[RunRecord],
    query: RunQuery,
    servers: Sequence[str],
    upcoming: Sequence[datetime],
    events: Sequence[Event],
    viewer: Viewer,
) -> JobPage:
    """Put the page together; `runs` has one record more than a page when there are older ones."""
    shown = runs[:PAGE]
    standing = state.standing
    is_paused = state.record is not None and state.record.paused
    return JobPage(
        job=job_row(state, viewer),
        function=state.job.shown("function"),
        facts=tuple(_facts(state.job)),
        runs=tuple(run_row(run, viewer) for run in shown),
        older=shown[-1].id if len(runs) > PAGE else None,
        query=query,
        servers=tuple(servers),
        upcoming=tuple(viewer.moment(due) for due in upcoming),
        events=tuple(_event(event, viewer) for event in events),
        can_run=standing is not Standing.DISABLED,
        can_pause=not is_paused and state.record is not None,
        can_resume=is_paused,
        zone=viewer.zone.key,
    )


def _facts(job: Job) -> list[tuple[str, str]]:
    limits = (("max runtime", job.max_runtime), ("check-in margin", job.check_in_margin))
    facts = [("overlap", job.overlap.value), ("missed", job.missed.value)]
    facts += [(name, format_duration(value)) for name, value in limits if value is not None]
    facts += [("retries", str(job.retries))] if job.retries else []
    texts = ((name, job.shown(name.replace(" ", "_"))) for name in ("lock", "only if", "run as", "on exit"))
    facts += [(name, value) for name, value in texts if value]
    return facts + ([("servers", ", ".join(sorted(job.shown("servers"))))] if job.servers else [])


def _event(event: Event, viewer: Viewer) -> EventRow:
    return EventRow(when=viewer.moment(event.at), who=event.actor, what=event.action, run=event.run)
