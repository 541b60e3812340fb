# do not pre-load
"""What the buttons of the pages do, with what their forms say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from ...core.errors import NotPossible
from ...core.texts.phrase import Phrase
from ...execution.arguments import parse_typed
from ...management.manager import SchedulerManager
from ...management.permissions import Caller

#: the fields of a form
Form = Mapping[str, str]
#: does something to a job or a run, and returns what is said then
Action = Callable[[str, SchedulerManager, Caller, Form], Phrase]


def do(action: str, target: str, manager: SchedulerManager, by: Caller, form: Form) -> Phrase:
    """Do what a button is for, to a job or a run, and say so; raises what the manager raises."""
    found = _ACTIONS.get(action)
    if found is None:
        raise NotPossible(f"there is no button {action!r}", hint="use those of the page")
    return found(target, manager, by, form)


def _run(job: str, manager: SchedulerManager, by: Caller, form: Form) -> Phrase:
    manager.run_now(job, by, *_typed(form))
    return Phrase("The job has been ordered to run now.")


def _typed(form: Form) -> tuple[Any, ...]:
    """Return the arguments in the form, if there are any; raises ArgumentError."""
    text = form.get("arguments", "").strip()
    return parse_typed(text) if text else ()


def _pause(job: str, manager: SchedulerManager, by: Caller, form: Form) -> Phrase:
    is_new = manager.pause(job, by, form.get("note"))
    return Phrase("The job is paused." if is_new else "The job was paused already.")


def _resume(job: str, manager: SchedulerManager, by: Caller, _form: Form) -> Phrase:
    return Phrase("The job is resumed." if manager.resume(job, by) else "The job was not paused.")


def _pause_all(_target: str, manager: SchedulerManager, by: Caller, form: Form) -> Phrase:
    is_new = manager.pause_all(by, form.get("note"))
    return Phrase("Everything is paused." if is_new else "Everything was paused already.")


def _resume_all(_target: str, manager: SchedulerManager, by: Caller, _form: Form) -> Phrase:
    return Phrase("Everything is resumed." if manager.resume_all(by) else "Not everything was paused.")


def _cancel(job: str, manager: SchedulerManager, by: Caller, _form: Form) -> Phrase:
    return Phrase("The job is cancelled." if manager.cancel(job, by) else "There is no such job any more.")


def _backfill(job: str, manager: SchedulerManager, by: Caller, form: Form) -> Phrase:
    try:
        since, until = (
            datetime.fromisoformat(form.get(each, "")).astimezone(timezone.utc) for each in ("since", "until")
        )
    except (ValueError, OverflowError) as error:
        raise NotPossible("that is no time", hint="use the form of the page") from error
    if manager.backfill(job, since, until, by):
        return Phrase("The past due times are run now, one after the other.")
    return Phrase("There is nothing left to run.")


def _stop(run: str, manager: SchedulerManager, by: Caller, _form: Form) -> Phrase:
    is_new = manager.stop(run, by)
    return Phrase(
        "The run is asked to stop." if is_new else "The run has ended, or is asked to stop already."
    )


def _retry(run: str, manager: SchedulerManager, by: Caller, _form: Form) -> Phrase:
    manager.retry(run, by)
    return Phrase("The run is tried again.")


def _where(run: str, manager: SchedulerManager, by: Caller, _form: Form) -> Phrase:
    return Phrase("The run is asked where it is." if manager.ask_where(run, by) else "The run has ended.")


_ACTIONS: Mapping[str, Action] = {
    "run": _run,
    "pause": _pause,
    "resume": _resume,
    "pause_all": _pause_all,
    "resume_all": _resume_all,
    "cancel": _cancel,
    "backfill": _backfill,
    "stop": _stop,
    "where": _where,
    "retry": _retry,
}
