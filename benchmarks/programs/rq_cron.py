"""The configuration of RQ's cron: each job of a load, each minute."""

import os

from benchmark_jobs import enter
from rq import cron

for number in range(int(os.environ["JOBS"])):
    cron.register(
        enter,
        queue_name="default",
        args=(f"job{number}", os.environ["NOTES"]),
        cron="* * * * *",
        name=f"job{number}",
    )
