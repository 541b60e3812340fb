"""Runs for tests."""

from datetime import datetime, timedelta, timezone

from docassemble.Scheduler.core.run import Due, Run
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.testing import job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def a_run(number=0, *, attempt=1, name="staged.work", **fields):
    """Return a run of a job that is due each minute; `fields` are those of the job."""
    due = Due(job(name, Interval(timedelta(minutes=1)), **fields), NOON)
    return Run(id=f"{number:032x}", due=due, claimed=NOON, attempt=attempt)
