# do not pre-load
"""What the buttons do: each takes the manager, what it is about and who pressed it, and answers a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...management.manager import SchedulerManager
from ...management.permissions import Caller


def _run(manager: SchedulerManager, job: str, by: Caller) -> str:
    manager.run_now(job, by)
    return "The job has been ordered to run now."


def _pause(manager: SchedulerManager, job: str, by: Caller) -> str:
    return "The job is paused." if manager.pause(job, by) else "The job was paused already."


def _resume(manager: SchedulerManager, job: str, by: Caller) -> str:
    return "The job is resumed." if manager.resume(job, by) else "The job was not paused."


def _stop(manager: SchedulerManager, run: str, by: Caller) -> str:
    return (
        "The run is asked to stop."
        if manager.stop(run, by)
        else "The run has ended, or is asked to stop already."
    )


def _retry(manager: SchedulerManager, run: str, by: Caller) -> str:
    manager.retry(run, by)
    return "The run is tried again."


#: by the name of the button
DOINGS: Mapping[str, Callable[[SchedulerManager, str, Caller], str]] = {
    "run": _run,
    "pause": _pause,
    "resume": _resume,
    "stop": _stop,
    "retry": _retry,
}
