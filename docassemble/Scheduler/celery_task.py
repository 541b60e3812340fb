# do not pre-load
"""The task with which docassemble's Celery workers run our jobs.

docassemble 1.9 imports it in processes of all kinds, some of them half started: importing it does nothing else.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from celery import shared_task

from .host.celery import TASK

if TYPE_CHECKING:
    from .runtime.celery_worker import CeleryWorker


def _run(run_id: str, _job: str) -> None:
    """Run what a web server has claimed; the name of the job is there for people who look into the queue."""
    _worker().receive(run_id)


@cache
def _worker() -> CeleryWorker:
    """Start the scheduler in this process, at its first task."""
    from .runtime.startup import start_in_celery_process

    return start_in_celery_process()


run: Any = shared_task(name=TASK, ignore_result=True)(_run)
