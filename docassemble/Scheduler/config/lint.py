# do not pre-load
"""Schedules that are legal and probably a trap."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ..core.durations import MAX_DURATION, listed
from ..core.job import Overlap, Schedule
from ..core.problem import Problem
from ..schedules.cron.crontab import ALIASES
from ..schedules.cron.pattern import FORWARD
from ..schedules.cron.schedule import Cron
from ..schedules.modifiers import Or
from ..schedules.simple import Interval
from .codes import Code
from .keys import Group
from .schedules import ParsedSchedule, ScheduleInputs, crontabs
from .section import ParsedValue, Section
from .values.times import gaps, is_in_gap


class _Unit(NamedTuple):
    """What the values of a cron field count."""

    size: int
    first: int
    whole: str
    #: None where they are of different lengths
    length: timedelta | None


#: the fields in the order of a crontab expression
_UNITS = {
    "second": _Unit(60, 0, "a minute", timedelta(seconds=1)),
    "minute": _Unit(60, 0, "an hour", timedelta(minutes=1)),
    "hour": _Unit(24, 0, "a day", timedelta(hours=1)),
    "day": _Unit(31, 1, "a month", timedelta(days=1)),
    "month": _Unit(12, 1, "a year", None),
    "weekday": _Unit(7, 0, "a week", timedelta(days=1)),
}
_OTHER_DAY = {"day": "weekday", "weekday": "day"}
_STEP = re.compile(r"(?P<start>\*|[0-9]{1,2})/(?P<size>[0-9]{1,9})")
#: `-40` of a single field is `*/40` of uWSGI
_DIVISOR = re.compile(r"(?:-|\*/)(?P<size>[0-9]{1,9})")
_ANY = ("*", "-1", "")


def schedule_warnings(section: Section, parsed: ParsedSchedule, inputs: ScheduleInputs) -> list[Problem]:
    """Warn of what the keys of a schedule probably do not mean."""
    if parsed.schedule is None:
        return []
    if parsed.type is Group.CRON:
        return [
            *_hour_without_minute(section),
            *_uneven_steps(section),
            *_in_gap(section, parsed.schedule, inputs),
        ]
    if parsed.type is Group.DATE:
        return skipped_time(section.given["run at"], inputs.zone)
    return []


def skipped_time(given: ParsedValue, zone: ZoneInfo) -> list[Problem]:
    """Warn of one local time that does not exist."""
    if not is_in_gap(given.value, zone):
        return []
    sentence = "This local time does not exist: the clocks go forward over it."
    return [Code.DAYLIGHT_SAVING_GAP.warning(given.path, sentence, "Choose another time.")]


def sure_overlap(section: Section, schedule: Schedule) -> list[Problem]:
    """Warn when a run may take longer than the interval, and the next one is then skipped."""
    longest = section.value("max runtime")
    skips = section.value("overlap", Overlap.SKIP) is Overlap.SKIP
    if not skips or longest is None or not isinstance(schedule, Interval) or longest <= schedule.period:
        return []
    sentence = "A run may go on for longer than the interval, and the next one is then skipped."
    hint = "Make the interval longer, or the runtime shorter."
    return [Code.SURE_TO_OVERLAP.warning(section.given["max runtime"].path, sentence, hint)]


def ended(schedule: Schedule, section: Section, inputs: ScheduleInputs) -> list[Problem]:
    """Report a schedule that is never due again, or never at all."""
    # a cron expression and an interval have no end
    if isinstance(schedule, Cron | Interval) or schedule.next_after(inputs.now) is not None:
        return []
    if schedule.latest_at(inputs.now) is None:
        hint = "Change what says when the job is due."
        return [Code.IMPOSSIBLE_SCHEDULE.problem(section.path, "This schedule is never due.", hint)]
    return over(section)


def over(section: Section) -> list[Problem]:
    """Warn of a schedule that is never due again."""
    sentence = "All due times of this schedule have passed."
    return [Code.NEVER_FIRES_AGAIN.warning(section.path, sentence, "Remove the job, or give it a new time.")]


def _hour_without_minute(section: Section) -> list[Problem]:
    hour = section.given.get("hour")
    if hour is None or "minute" in section.given or str(hour.value).strip() in _ANY:
        return []
    sentence = "`hour` without `minute` is due every minute of that hour."
    return [Code.HOUR_WITHOUT_MINUTE.warning(hour.path, sentence, "Add `minute: 0`.")]


def _uneven_steps(section: Section) -> list[Problem]:
    """Warn of steps that do not divide their range: `*/40` is minute 0 and 40, and not every 40 minutes."""
    given = section.of(Group.CRON)
    if crontab := given.get("crontab"):
        each = dict.fromkeys(_UNITS, crontab)
        return [
            problem
            for text in crontabs(crontab)
            for problem in _uneven(each, _fields_of(text), is_crontab=True)
        ]
    texts = {name: str(each.value).strip() for name, each in given.items()}
    return _uneven(given, {**dict.fromkeys(_UNITS, "*"), "second": "0", **texts}, is_crontab=False)


def _fields_of(crontab: str) -> dict[str, str]:
    parts = ALIASES.get(crontab.lower(), crontab).split()
    return dict(zip(_UNITS, parts if len(parts) == 6 else ["0", *parts], strict=True))


def _uneven(
    given: Mapping[str, ParsedValue], written: Mapping[str, str], *, is_crontab: bool
) -> list[Problem]:
    steps = {name: _uneven_values(name, written[name], is_crontab=is_crontab) for name in given}
    return [_uneven_step(given[name], name, values, written) for name, values in steps.items() if values]


def _uneven_values(name: str, text: str, *, is_crontab: bool) -> list[int]:
    """Return the values of a step that does not divide its range; of all other texts none."""
    unit = _UNITS[name]
    found = (_STEP if is_crontab else _DIVISOR).fullmatch(text)
    if found is None or (size := int(found["size"])) < 2 or unit.size % size == 0:
        return []
    if is_crontab:
        start = unit.first if found["start"] == "*" else int(found["start"])
        return list(range(start, unit.first + unit.size, size))
    # the rule of 0.2.x: every value that the size divides
    return [number for number in range(unit.first, unit.first + unit.size) if number % size == 0]


def _uneven_step(given: ParsedValue, name: str, values: list[int], written: Mapping[str, str]) -> Problem:
    """Warn of one step; what the environment holds is not shown."""
    text, numbers = written[name], [str(value) for value in values]
    named = f"{name}s {listed(numbers)}" if len(numbers) > 1 else f"{name} {numbers[0]} only"
    sentence = f"`{text}` is {named}: the step does not divide {_UNITS[name].whole} evenly."
    every, hints = _every(name, written), []
    if every:
        hints.append(f"Write `every: {every}` for an even rhythm.")
    # with the values written out, day and weekday must no longer both match
    if written[_OTHER_DAY.get(name, name)] == "*" or name not in _OTHER_DAY:
        hints.append(f"Write `{','.join(numbers)}` if that is meant.")
    return given.warned(Code.UNEVEN_STEP, sentence, " ".join(hints))


def _every(name: str, written: Mapping[str, str]) -> str:
    """Return the interval that is meant by a step when nothing else than it says when; else an empty text."""
    start, size = re.split("[/-]", written[name])
    fields = list(_UNITS)
    coarser = min(fields.index(name), 3)
    # a smaller unit is fixed at its beginning, and none that is larger is limited
    is_alone = all(written[each] == "0" for each in fields[:coarser]) and all(
        written[each] == "*" for each in fields[coarser:] if each != name
    )
    one = _UNITS[name].length
    if start.isdigit() or not is_alone or one is None or int(size) > MAX_DURATION / one:
        return ""
    return f"{int(size)} {'day' if name == 'weekday' else name}s"


def _in_gap(section: Section, cron: Schedule, inputs: ScheduleInputs) -> list[Problem]:
    """Warn of a fixed time inside a gap; wildcards follow real time and lose nothing."""
    if isinstance(cron, Or):
        return [problem for each in cron.schedules for problem in _in_gap(section, each, inputs)]
    if not isinstance(cron, Cron) or not cron.expression.fixed:
        return []
    for start, end in gaps(inputs.zone, inputs.now):
        due = cron.expression.pattern.nearest(start, FORWARD)
        if due is not None and due < end:
            given = section.given.get("crontab") or section.given["hour"]
            sentence = (
                f"On {start:%Y-%m-%d} the clocks go forward over this time; the job runs right after that."
            )
            hint = "Choose a time that exists on every day, if that matters."
            return [Code.DAYLIGHT_SAVING_GAP.warning(given.path, sentence, hint)]
    return []
