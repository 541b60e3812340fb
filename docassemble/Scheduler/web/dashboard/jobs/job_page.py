# do not pre-load
"""The page of a job: what holds for it, what is wrong with it, how it went; also of one that is no more."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ....config.codes import InvalidValue
from ....config.values.times import moment, to_utc
from ....core.errors import NotPossible, UnknownJob
from ....core.job import Job
from ....core.problem import Problem
from ....core.run import Status, Trigger
from ....management.manager import SchedulerManager
from ....management.permissions import Caller
from ....management.status import JobState
from ....store.base import DynamicJob
from ....store.records import RunQuery
from ..presentation import Viewer
from .charts import RUNS, duration_chart, lateness_chart
from .job_facts import DOCS, facts

#: how many due times and events the page shows
UPCOMING, EVENTS = 8, 20
#: how many due times of a backfill are listed
LISTED = 50
DAY = timedelta(days=1)


def job_values(manager: SchedulerManager, query: RunQuery, viewer: Viewer, caller: Caller) -> dict[str, Any]:
    """Return what the template of a job shows; raises UnknownJob when nothing is known of that name."""
    name = query.job or ""
    try:
        state = manager.job(name)
    except UnknownJob:
        return {"state": None, **_ended(manager, query, caller)}
    latest = manager.runs(RunQuery(job=name, limit=RUNS))
    added = None if state.added is None else manager.added(name)
    return {
        "state": state,
        "facts": facts(state.job, shows_arguments=may_see(added, caller)),
        "problems": problems_of(state, manager.problems),
        "upcoming": manager.upcoming(count=UPCOMING, job=name),
        "charts": [duration_chart(latest, viewer), lateness_chart(latest, viewer)],
        "is_added": added is not None,
        "docs": DOCS,
        **_history(manager, query),
    }


def _history(manager: SchedulerManager, query: RunQuery) -> dict[str, Any]:
    page = manager.page(query)
    return {
        "query": query,
        "runs": page.runs,
        "older": page.before,
        "events": manager.events(query.job)[:EVENTS],
        "servers": manager.servers(),
        "statuses": Status,
        "triggers": Trigger,
    }


def _ended(manager: SchedulerManager, query: RunQuery, caller: Caller) -> dict[str, Any]:
    name = query.job or ""
    added, history = manager.added(name), _history(manager, query)
    if added is None and not history["events"] and not manager.runs(RunQuery(job=name, limit=1)):
        manager.job(name)  # raises, with a guess
    definition = None
    if added is not None and may_see(added, caller):
        definition = json.dumps(json.loads(added.definition), indent=2, ensure_ascii=False)
    return {"name": name, "added": added, "definition": definition, **history}


def may_see(added: DynamicJob | None, caller: Caller) -> bool:
    """Return whether a caller may see the arguments of a job: who can run any code, or has added it."""
    return not caller.is_limited or (added is not None and added.by == caller.name)


def problems_of(state: JobState, problems: Sequence[Problem]) -> list[Problem]:
    """Return what is wrong with a job: here, and as another server has found."""
    found = [each for each in problems if len(each.path) > 1 and each.path[1] == state.name]
    noted = None if state.record is None else state.record.problem
    if noted is not None and all(each.sentence != noted.sentence for each in found):
        found.append(noted)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """Due times that a backfill would run."""

    since: datetime
    until: datetime
    dues: Sequence[datetime]

    @property
    def listed(self) -> Sequence[datetime]:
        """Those that are shown."""
        return self.dues[:LISTED]


def backfill_preview(
    manager: SchedulerManager, name: str, viewer: Viewer, since: str, until: str
) -> Backfill | None:
    """Return the due times between two local times of the viewer; None when they are not given.

    Raises NotPossible for what is no time, and what the manager raises.
    """
    if not since:
        return None
    start, end = _instant(since, viewer), _instant(until, viewer) if until else viewer.now
    return Backfill(since=start, until=end, dues=manager.due_times_without_success(name, start, end))


def local_minute(instant: datetime, viewer: Viewer, ago: timedelta = timedelta()) -> str:
    """Return an instant as a browser's field for local times has it."""
    return (instant - ago).astimezone(viewer.zone).strftime("%Y-%m-%dT%H:%M")


def backfill_command(job: Job, found: Backfill) -> str:
    """Return what does the same on the command line."""
    zone = ZoneInfo(job.time_zone)
    times = (f"'{each.astimezone(zone):%Y-%m-%d %H:%M:%S}'" for each in (found.since, found.until))
    return "docassemble-scheduler backfill {} --from {} --to {}".format(shlex.quote(job.name), *times)


def _instant(text: str, viewer: Viewer) -> datetime:
    try:
        return to_utc(moment(text[:100].replace("T", " ")), viewer.zone)
    except InvalidValue as error:
        raise NotPossible(f"{text[:100]!r} {error}", hint=error.hint) from error
