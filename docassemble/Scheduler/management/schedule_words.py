# do not pre-load
"""The schedule of a job in words, without what the environment holds."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ..core.job import Job
from ..schedules.describe import describe


def schedule_of(job: Job) -> str:
    """Say in words when a job is due; of a trigger whose texts come out of the environment, as it is written."""
    written = [job.written[name] for name in ("trigger", "params") if name in job.written]
    if job.type == "apscheduler" and written:
        return f"APScheduler's trigger of {', '.join(written)}"
    return describe(job.schedule, ZoneInfo(job.time_zone))
