# do not pre-load
"""Buttons for several jobs at once: each job for itself, and the result in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ....core.errors import NotPermitted, NotPossible, StoreUnavailable, UnknownJob, UnknownRun
from ....management.manager import SchedulerManager
from ....management.permissions import Caller
from ..sentences import recognised

#: how many jobs a button is for, at most: those of a page
MAX_JOBS = 200
#: how many reasons are told
REASONS = 5
#: of each button: of one job, of all, of some of them
SAID = {
    "run": ("{name} will run now.", "{done} jobs will run now.", "{done} of {all} jobs will run now."),
    "pause": ("{name} is paused.", "{done} jobs are paused.", "{done} of {all} jobs are paused."),
    "resume": ("{name} is resumed.", "{done} jobs are resumed.", "{done} of {all} jobs are resumed."),
    "stop": (
        "{name} is asked to stop.",
        "{done} jobs are asked to stop.",
        "{done} of {all} jobs are asked to stop.",
    ),
}
#: asked before it is done: of one job, of several
ASKED = {
    "stop": (
        "Stop {name}? What it has done so far is not undone.",
        "Stop what runs of these {number} jobs? What they have done so far is not undone.",
    ),
    "run": ("", "Run these {number} jobs now?"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What has become of the jobs."""

    action: str
    done: Sequence[str]
    #: the others, and why not
    refused: Sequence[tuple[str, str]]

    @property
    def is_complete(self) -> bool:
        """Whether it worked for all."""
        return not self.refused

    def sentence(self) -> tuple[str, dict[str, object]]:
        """Return what was done, to be translated, and the values of its placeholders."""
        one, every, some = SAID[self.action]
        values: dict[str, object] = {"done": len(self.done), "all": len(self.done) + len(self.refused)}
        if len(self.done) == 1 and not self.refused:
            return one, {"name": self.done[0]}
        return (some if self.refused else every), values

    def reasons(self) -> list[tuple[str, dict[str, object]]]:
        """Return why the others were not, to be translated; of many, the first ones."""
        told: list[tuple[str, dict[str, object]]] = [
            ("{name}: {reason}", {"name": name, "reason": recognised(reason)})
            for name, reason in self.refused[:REASONS]
        ]
        more = len(self.refused) - REASONS
        return [*told, ("And {number} more.", {"number": more})] if more > 0 else told


def question(action: str, names: Sequence[str]) -> tuple[str, dict[str, object]] | None:
    """Return what is asked before a button does its work; None when nothing is."""
    one, several = ASKED.get(action, ("", ""))
    text = {0: "", 1: one}.get(len(names), several)
    return (text, {"name": names[0], "number": len(names)}) if text else None


def act_on(action: str, names: Sequence[str], manager: SchedulerManager, by: Caller) -> Done:
    """Do what a button is for, to each of the jobs; raises NotPossible for what no button does.

    With the database away nothing more is tried; StoreUnavailable when nothing was done until then.
    """
    names = list(dict.fromkeys(names))
    act = _ACTIONS.get(action)
    if act is None:
        raise NotPossible(f"there is no button {action!r}", hint="use those of the page")
    if not names:
        raise NotPossible("no job is selected", hint="tick the boxes before their names")
    if len(names) > MAX_JOBS:
        raise NotPossible(f"more than {MAX_JOBS} jobs are selected", hint="select fewer")
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    for index, name in enumerate(names):
        try:
            act(manager, name, by)
        except (UnknownJob, UnknownRun, NotPermitted, NotPossible) as error:
            refused.append((name, error.explanation))
        except StoreUnavailable as error:
            if not done:
                raise
            refused += [(each, error.explanation) for each in names[index:]]
            break
        else:
            done.append(name)
    return Done(action=action, done=done, refused=refused)


def _run(manager: SchedulerManager, name: str, by: Caller) -> None:
    manager.run_now(name, by)


def _pause(manager: SchedulerManager, name: str, by: Caller) -> None:
    if not manager.pause(name, by):
        raise NotPossible("it was paused already")


def _resume(manager: SchedulerManager, name: str, by: Caller) -> None:
    if not manager.resume(name, by):
        raise NotPossible("it was not paused")


def _stop(manager: SchedulerManager, name: str, by: Caller) -> None:
    record = manager.job(name).record
    running = record.running if record else ()
    if not running:
        raise NotPossible("it is not running")
    asked = [manager.stop(run.id, by) for run in running]
    if not any(asked):
        raise NotPossible("it is asked to stop already")


_ACTIONS: dict[str, Callable[[SchedulerManager, str, Caller], None]] = {
    "run": _run,
    "pause": _pause,
    "resume": _resume,
    "stop": _stop,
}
