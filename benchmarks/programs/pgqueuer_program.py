"""PgQueuer as in its README, with the jobs of a load: `queue`, or `cron` for its schedules."""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import uvloop
from benchmark_jobs import enter, names
from due_times import expression, feed
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

DATABASE, NOTES, EVERY = os.environ["DATABASE"], os.environ["NOTES"], os.environ["EVERY"]
JOBS = names(int(os.environ["JOBS"]))


async def main(kind: str) -> None:
    """Run the jobs until the end."""
    producer = Queries(AsyncpgDriver(await asyncpg.connect(DATABASE)))
    await producer.install()
    consumer = PgQueuer(AsyncpgDriver(await asyncpg.connect(DATABASE)))

    @consumer.entrypoint("enter")
    async def run(job) -> None:
        enter(job.payload.decode(), NOTES)

    def schedule(name: str) -> None:
        @consumer.schedule(name, expression(EVERY))
        async def run_scheduled(_schedule) -> None:
            enter(name, NOTES)

    payloads, count = [name.encode() for name in JOBS], len(JOBS)
    running = [consumer.run()]
    if kind == "cron":
        for name in JOBS:
            schedule(name)
    else:
        running.append(feed(lambda: producer.enqueue(["enter"] * count, payloads, [0] * count), EVERY))
    Path(os.environ["READY"]).touch()
    await asyncio.gather(*running)


uvloop.run(main(sys.argv[1]))
