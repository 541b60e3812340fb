"""The configuration of RQ's cron: each job of a load, each minute."""

import os

from benchmark_jobs import enter, names
from rq import cron

for name in names(int(os.environ["JOBS"])):
    cron.register(
        enter,
        queue_name="default",
        args=(name, os.environ["NOTES"]),
        cron="* * * * *",
        name=name,
    )
