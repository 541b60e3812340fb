"""A Celery application with the jobs of a load in its beat schedule."""

import os

from benchmark_jobs import enter, names
from celery import Celery
from celery.schedules import crontab, schedule
from celery.signals import before_task_publish

REDIS, NOTES, EVERY = os.environ["REDIS"], os.environ["NOTES"], os.environ["EVERY"]

app = Celery("benchmark", broker=f"{REDIS}/0", backend=f"{REDIS}/1")
task = app.task(enter, name="enter")


def due() -> schedule:
    """Return when all jobs are due."""
    if EVERY == "60":
        return crontab()
    return schedule(int(EVERY)) if EVERY else crontab(minute=0, hour=0, day_of_month=1, month_of_year=1)


app.conf.beat_schedule = {
    name: {"task": "enter", "schedule": due(), "args": (name, NOTES)}
    for name in names(int(os.environ["JOBS"]))
}
app.conf.timezone = "UTC"
app.conf.broker_connection_retry_on_startup = True

if "PUBLISHED" in os.environ:

    @before_task_publish.connect
    def note(body, **_more):
        """Note when beat sends a task: its next due time is counted from there."""
        enter(body[0][0], os.environ["PUBLISHED"])
