# do not pre-load
"""Fail when nothing happens: nobody uses an interview, or a job does not succeed any more."""

from datetime import datetime, timedelta, timezone

from docassemble.base.util import DA

from docassemble.Scheduler import Status, history
from docassemble.SchedulerRecipes.sessions import ago, find


def expect_sessions(interview: str, hours: float = 24) -> None:
    """Fail when no session of an interview was begun or changed for so many hours."""
    if next(find(DA.Sessions.modtime >= ago(hours=hours), interview), None) is None:
        raise RuntimeError(f"nobody has used {interview} for {hours} hours")


def expect_success(job: str, hours: float = 24) -> None:
    """Fail when a job has not succeeded for so many hours: it fails, waits, is paused, or is no more."""
    since = datetime.now(timezone.utc) - timedelta(hours=hours)
    records = history(job, limit=100)
    if not any(each.status is Status.SUCCEEDED and each.due > since for each in records):
        raise RuntimeError(f"{job} has not succeeded for {hours} hours")
