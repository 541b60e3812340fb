# do not pre-load
"""What the buttons do: each takes the office, what it is about and who pressed it, and answers a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...management.manager import Office
from ...management.permissions import Caller


def _run(office: Office, job: str, by: Caller) -> str:
    office.run_now(job, by)
    return "The job has been ordered to run now."


def _pause(office: Office, job: str, by: Caller) -> str:
    return "The job is paused." if office.pause(job, by) else "The job was paused already."


def _resume(office: Office, job: str, by: Caller) -> str:
    return "The job is resumed." if office.resume(job, by) else "The job was not paused."


def _stop(office: Office, run: str, by: Caller) -> str:
    return (
        "The run is asked to stop."
        if office.stop(run, by)
        else "The run has ended, or is asked to stop already."
    )


def _retry(office: Office, run: str, by: Caller) -> str:
    office.try_again(run, by)
    return "The run is tried again."


#: by the name of the button
DOINGS: Mapping[str, Callable[[Office, str, Caller], str]] = {
    "run": _run,
    "pause": _pause,
    "resume": _resume,
    "stop": _stop,
    "retry": _retry,
}
