# do not pre-load
"""Schedules that are legal and probably a trap."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ..core.job import Overlap, Schedule
from ..core.problem import Problem, Severity
from ..schedules.cron.pattern import FORWARD
from ..schedules.cron.schedule import Cron
from ..schedules.interval import Interval
from .codes import Code
from .given import Given
from .keys import Group
from .local_time import gaps, is_in_gap
from .schedules import Circumstances, Plan
from .section import Section
from .steps import uneven_steps

_ANY = ("*", "-1", "")


def traps_of_plan(section: Section, plan: Plan, circumstances: Circumstances) -> list[Problem]:
    """Warn of what the keys of a schedule probably do not mean."""
    if plan.schedule is None:
        return []
    if plan.type is Group.CRON:
        return [
            *_hour_without_minute(section),
            *_uneven(section),
            *_in_gap(section, plan.schedule, circumstances),
        ]
    if plan.type is Group.DATE:
        return skipped_time(section.given["run at"], circumstances.zone)
    return []


def skipped_time(given: Given, zone: ZoneInfo) -> list[Problem]:
    """Warn of one local time that does not exist."""
    if not is_in_gap(given.value, zone):
        return []
    sentence = "This local time does not exist: the clocks go forward over it."
    return [
        given.problem(Code.DAYLIGHT_SAVING_GAP, sentence, "Choose another time.", severity=Severity.WARNING)
    ]


def sure_overlap(section: Section, schedule: Schedule) -> list[Problem]:
    """Warn when a run may take longer than the interval, and the next one is then skipped."""
    longest = section.value("max runtime")
    skips = section.value("overlap", Overlap.SKIP) is Overlap.SKIP
    if not skips or longest is None or not isinstance(schedule, Interval) or longest <= schedule.period:
        return []
    sentence = "A run may go on for longer than the interval, and the next one is then skipped."
    hint = "Make the interval longer, or the runtime shorter."
    return [section.given["max runtime"].problem(Code.SURE_TO_OVERLAP, sentence, hint, Severity.WARNING)]


def ended(schedule: Schedule, section: Section, circumstances: Circumstances) -> list[Problem]:
    """Report a schedule that is never due again, or never at all."""
    if isinstance(schedule, Cron | Interval):  # which has no end
        return []
    if schedule.next_after(circumstances.now) is not None:
        return []
    if schedule.latest_at(circumstances.now) is None:
        sentence = "This schedule is never due."
        hint = "Change what says when the job is due."
        return [_of_section(section, Code.IMPOSSIBLE_SCHEDULE, sentence, hint, Severity.ERROR)]
    sentence = "All due times of this schedule have passed."
    return [_of_section(section, Code.NEVER_FIRES_AGAIN, sentence, "Remove the job, or give it a new time.")]


def _of_section(
    section: Section, code: Code, sentence: str, hint: str, severity: Severity = Severity.WARNING
) -> Problem:
    return Problem(
        code=code.value, path=section.path, value=None, sentence=sentence, hint=hint, severity=severity
    )


def _hour_without_minute(section: Section) -> list[Problem]:
    hour = section.given.get("hour")
    if hour is None or "minute" in section.given or str(hour.value).strip() in _ANY:
        return []
    sentence = "`hour` without `minute` is due every minute of that hour."
    return [hour.problem(Code.HOUR_WITHOUT_MINUTE, sentence, "Add `minute: 0`.", Severity.WARNING)]


def _uneven(section: Section) -> list[Problem]:
    """Warn of steps that do not divide their range; what the environment holds is not shown."""
    steps = uneven_steps(section.of(Group.CRON))
    return [each.given.warned(Code.UNEVEN_STEP, each.sentence, each.hint) for each in steps]


def _in_gap(section: Section, cron: Schedule, circumstances: Circumstances) -> list[Problem]:
    """Warn of a fixed time inside a gap; wildcards follow real time and lose nothing."""
    if not isinstance(cron, Cron) or not cron.expression.fixed:
        return []
    for gap in gaps(circumstances.zone, circumstances.now):
        due = cron.expression.pattern.nearest(gap.start, FORWARD)
        if due is not None and due < gap.end:
            return [_gap_problem(section, gap.start.strftime("%Y-%m-%d"))]
    return []


def _gap_problem(section: Section, day: str) -> Problem:
    given = section.given.get("crontab") or section.given["hour"]
    sentence = f"On {day} the clocks go forward over this time; the job runs right after that."
    hint = "Choose a time that exists on every day, if that matters."
    return given.problem(Code.DAYLIGHT_SAVING_GAP, sentence, hint, Severity.WARNING)
