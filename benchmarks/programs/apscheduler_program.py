"""APScheduler as the example in its user guide, with the jobs of a load."""

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from benchmark_jobs import enter, names

NOTES, EVERY = os.environ["NOTES"], os.environ["EVERY"]


def trigger() -> BaseTrigger:
    """Return when all jobs are due."""
    if EVERY == "60":
        return CronTrigger(minute="*", timezone="UTC")
    if not EVERY:
        return CronTrigger(month=1, day=1, timezone="UTC")
    full = datetime.now(timezone.utc).replace(microsecond=0)
    start = datetime.fromtimestamp(full.timestamp() // int(EVERY) * int(EVERY), timezone.utc)
    return IntervalTrigger(
        seconds=int(EVERY), start_date=start + timedelta(seconds=int(EVERY)), timezone="UTC"
    )


def main() -> None:
    """Schedule the jobs, and run them until the end."""
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url=os.environ["DATABASE"])},
        executors={"default": ThreadPoolExecutor(20)},
        # its default, one second, would drop what many jobs at once make late
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 300},
        timezone="UTC",
    )
    scheduler.start(paused=True)
    for name in names(int(os.environ["JOBS"])):
        scheduler.add_job(enter, trigger(), args=(name, NOTES), id=name)
    scheduler.resume()
    Path(os.environ["READY"]).touch()
    scheduler._thread.join()


main()
