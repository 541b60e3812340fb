"""Tells RQ's scheduler each due time of a load: from a few seconds ahead, for as long as the load lasts."""

import os
from datetime import datetime, timezone

from benchmark_jobs import enter, names
from redis import Redis
from rq import Queue

#: seconds for the workers to start
AHEAD = 3

jobs, lasting, every = names(int(os.environ["JOBS"])), int(os.environ["LASTING"]), os.environ["EVERY"]
queue = Queue(connection=Redis.from_url(os.environ["REDIS"]))
now = int(datetime.now(timezone.utc).timestamp())
if every:
    first = (now + AHEAD) // int(every) * int(every) + int(every)
    dues = range(first, first + AHEAD + lasting, int(every))
else:
    dues = [now + 365 * 86_400]
for due in dues:
    for job in jobs:
        queue.enqueue_at(datetime.fromtimestamp(due, timezone.utc), enter, job, os.environ["NOTES"])
