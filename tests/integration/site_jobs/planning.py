# do not pre-load
"""Functions that the tests schedule, and what an interview calls to do so."""

import time
from typing import Any

from site_jobs.noting import write

from docassemble import Scheduler
from docassemble.Scheduler import SchedulerError, current_run
from docassemble.Scheduler.management.status import JobState


def note(text: str = "", number: int = 0) -> None:
    """Leave a line of JSON behind."""
    run = current_run()
    assert run is not None  # only jobs call this
    write("note", text=text, number=number, trigger=run.trigger.value)


def perform(what: str, args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Call a function of docassemble.Scheduler from an interview; return what it returns, or its error."""
    began = time.time()
    try:
        answer = getattr(Scheduler, what)(*args, **kwargs)
    except SchedulerError as error:
        return {"error": str(error), "hint": error.hint, "kind": type(error).__name__}
    return {"answer": _plain(answer), "at": began, "took": time.time() - began}


def _plain(answer: object) -> object:
    if isinstance(answer, list):
        return [_plain(each) for each in answer]
    if isinstance(answer, JobState):
        return {"name": answer.name, "status": answer.status.value}
    return answer if isinstance(answer, str | bool) else repr(answer)
