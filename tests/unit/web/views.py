"""Jobs, records and a viewer for the tests of pages."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.management.status import JobState
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.records import JobRecord, RunSummary
from docassemble.Scheduler.testing import job
from docassemble.Scheduler.web.dashboard.viewer import Viewer

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
VIEWER = Viewer(now=NOON, zone=ZoneInfo("Europe/Berlin"))


def bar(ago=MINUTE, took=timedelta(seconds=1), status=Status.SUCCEEDED, name="a.job", count=1):
    """Return a record that began so long ago; `took` None = it goes on."""
    began = NOON - ago
    ended = None if took is None else began + took
    return RunSummary(
        id=f"{began:%d%H%M%S}", job=name, status=status, due=began, began=began, ended=ended, times=count
    )


def state(name="a.job", recent=(), *, paused=False, cursor=NOON, **fields):
    """Return how a job stands that is due each hour; `recent` is newest first."""
    record = JobRecord(
        name=name,
        paused=paused,
        cursor=cursor,
        failures=0,
        recent=tuple(recent),
        running=tuple(each for each in recent if each.status is Status.RUNNING),
    )
    return JobState.of(job(name, Interval(HOUR), **fields), record, None, NOON)
