# do not pre-load
"""What is put around the schedule of a job: open days, bounds and jitter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ..core.errors import ScheduleError
from ..core.job import Missed, Schedule
from ..core.problem import Problem
from ..schedules.after_end import AfterEnd
from ..schedules.closed_days import ClosedDays
from ..schedules.modifiers import Bounded, Jittered
from ..schedules.open_days import OnHoliday, OnOpenDays
from . import lint
from .codes import Code
from .keys import Group
from .schedules import ScheduleInputs
from .section import ParsedValue, Section
from .values.times import to_utc


def wrapped(
    schedule: Schedule | None, section: Section, name: str, inputs: ScheduleInputs
) -> tuple[Schedule | None, list[Problem]]:
    """Put open days, bounds and jitter around the schedule, and look whether it is ever due."""
    if schedule is None:
        return None, []
    if isinstance(schedule, AfterEnd):
        return _limited(schedule, section, name, inputs)
    opened, problems = _opened(schedule, section, inputs)
    if opened is None:
        return None, problems
    bounded, of_bounds = _bounded(opened, section, inputs)
    problems += of_bounds
    if bounded is None:
        return None, problems
    if spread := section.value("jitter"):
        bounded = Jittered(bounded, spread, name)
    problems += [*lint.ended(bounded, section, inputs), *lint.sure_overlap(section, schedule)]
    return bounded, problems


def useless(own: Section, kind: Group) -> list[Problem]:
    """Report what would move or limit due times, of a job without such; what `defaults` says is for others."""
    bounds = {name: each for name, each in own.of(Group.BOUNDS).items() if name != "time zone"}
    hint = "Remove it, or give the job a schedule."
    if kind is Group.AT_START:
        hint = "Remove it, or use another schedule: who starts the site says when."
    return [
        each.problem(Code.KEY_OF_ANOTHER_TYPE, f"`{name}` has no effect in `{kind.value}`.", hint)
        for name, each in bounds.items()
    ]


def _is_ever_due(schedule: Schedule, inputs: ScheduleInputs) -> bool:
    return bool(schedule.next_after(inputs.now) or schedule.latest_at(inputs.now))


#: why a key has no effect beside `after end`
_BESIDE_AFTER_END = {
    "on holiday": "what would be due on a closed day is due when the next open day begins",
    "missed": "of a job with `after end`, one due time is missed at most",
}


def _useless_beside_after_end(own: Section) -> list[Problem]:
    given = {name: own.given[name] for name in _BESIDE_AFTER_END if name in own.given}
    return [
        Code.NO_EFFECT.warning(each.path, f"`{name}` has no effect: {_BESIDE_AFTER_END[name]}.", "Remove it.")
        for name, each in given.items()
        if not each.error and (name == "on holiday" or each.value is Missed.ALL)
    ]


def without_effect(own: Section, merged: Section) -> list[Problem]:
    """Warn of keys that other keys make useless; what `defaults` says is for others."""
    if "after end" in merged.given:
        return _useless_beside_after_end(own)
    moved = own.given.get("on holiday")
    if moved is None or moved.error or merged.given.keys() & {"except", "holidays"}:
        return []
    sentence = "`on holiday` has no effect: neither `except` nor `holidays` says which days do not count."
    return [Code.NO_EFFECT.warning(moved.path, sentence, "Add `holidays: US-MA`, say.")]


def _limited(
    schedule: AfterEnd, section: Section, name: str, inputs: ScheduleInputs
) -> tuple[Schedule | None, list[Problem]]:
    """Limit what counts from the end of the last run: it moves its due times itself."""
    zone, end = inputs.zone, section.value("end")
    given = [section.given[each] for each in ("start", "end") if section.value(each)]
    limited = replace(
        schedule,
        start=inputs.start,
        end=end and to_utc(end, zone),
        closed=_closed(section),
        spread=section.value("jitter", timedelta()),
        seed=name if section.value("jitter") else "",
    )
    problems = [problem for each in given for problem in lint.skipped_time(each, zone)]
    if limited.start and limited.next_after(limited.start - schedule.delay) is None:
        return None, [*problems, _unbounded(given[-1])]
    if limited.next_after(inputs.now) is None:
        problems += lint.over(section)
    return limited, problems


def _closed(section: Section) -> ClosedDays:
    closed: ClosedDays = section.value("except", ClosedDays())
    return replace(closed, holidays=section.value("holidays", ()))


def _unbounded(given: ParsedValue) -> Problem:
    sentence = "No due time lies between the start and the end of this job."
    hint = "Move `start` or `end`, or take one of them away."
    return given.problem(Code.IMPOSSIBLE_SCHEDULE, sentence, hint)


def _opened(
    schedule: Schedule, section: Section, inputs: ScheduleInputs
) -> tuple[Schedule | None, list[Problem]]:
    """Take closed days out of the schedule."""
    closed = _closed(section)
    if closed == ClosedDays():
        return schedule, []
    moved = section.value("on holiday", OnHoliday.SKIP)
    opened = OnOpenDays(schedule=schedule, closed=closed, zone=inputs.zone, on_holiday=moved)
    if _is_ever_due(opened, inputs) or not _is_ever_due(schedule, inputs):
        return opened, []
    blamed = section.given["except" if section.value("except") else "holidays"]
    sentence = "All due times of this job are on days that do not count."
    hint = "Leave out fewer days, or write `on holiday: after`."
    return None, [blamed.problem(Code.IMPOSSIBLE_SCHEDULE, sentence, hint)]


def _bounded(
    schedule: Schedule, section: Section, inputs: ScheduleInputs
) -> tuple[Schedule | None, list[Problem]]:
    zone = inputs.zone
    given = [section.given[name] for name in ("start", "end") if section.value(name)]
    if not given:
        return schedule, []
    problems = [problem for each in given for problem in lint.skipped_time(each, zone)]
    end = section.value("end")
    try:
        return Bounded(schedule, inputs.start, end and to_utc(end, zone)), problems
    except ScheduleError:
        return None, [*problems, _unbounded(given[-1])]
