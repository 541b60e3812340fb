"""procrastinate as in its README, with the jobs of a load: `queue`, or `cron` for its periodic tasks."""

import asyncio
import os
import sys
from pathlib import Path

from benchmark_jobs import enter, names
from due_times import expression, feed
from procrastinate import App, PsycopgConnector

NOTES, EVERY = os.environ["NOTES"], os.environ["EVERY"]
JOBS = names(int(os.environ["JOBS"]))

app = App(connector=PsycopgConnector(conninfo=os.environ["DATABASE"]))


@app.task
async def run(job: str) -> None:
    """Run a job."""
    enter(job, NOTES)


@app.task
async def run_scheduled(timestamp: int, job: str) -> None:  # noqa: ARG001 - its due time, which all periodic tasks get
    """Run a job of the periodic tasks."""
    enter(job, NOTES)


async def main(kind: str) -> None:
    """Run the jobs until the end."""
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        running = [app.run_worker_async(concurrency=20)]
        if kind == "cron":
            for name in JOBS:
                app.periodic(cron=expression(EVERY), periodic_id=name, task_kwargs={"job": name})(
                    run_scheduled
                )
        else:
            calls = [{"job": name} for name in JOBS]
            running.append(feed(lambda: run.batch_defer_async(*calls), EVERY))
        Path(os.environ["READY"]).touch()
        await asyncio.gather(*running)


asyncio.run(main(sys.argv[1]))
