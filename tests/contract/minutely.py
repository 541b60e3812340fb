"""What the tests of the stores share: jobs that are due each minute, and servers that run them."""

from datetime import datetime, timedelta, timezone

from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.base import ClaimRequest, Process
from docassemble.Scheduler.testing import job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def every_minute(name="a.b", **fields):
    return job(name, Interval(MINUTE), **fields)


def process(name="one", pid=1):
    return Process(id=f"{name:0>32}", server=f"server-{name}", host_id="here", pid=pid, started_ticks="1")


def opened(world, *jobs, name="one", now=NOON):
    store = world.store()
    store.register(process(name), now)
    store.register_jobs(jobs, now)
    return store


def claim(store, a_job, now):
    (answer,) = store.claim([ClaimRequest(a_job)], now)
    return answer


def claim_retry(store, a_job, now):
    (retry,) = store.retries([a_job.name], now)
    (answer,) = store.claim([ClaimRequest(a_job, retry)], now)
    return answer


def outcome(status=Status.SUCCEEDED, at=NOON, **fields):
    return Outcome(status=status, started=at, finished=at, **fields)
