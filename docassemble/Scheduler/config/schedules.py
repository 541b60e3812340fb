# do not pre-load
"""The schedule of a job: which type of schedule its keys tell, and that schedule, not yet bounded or spread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..core.durations import MAX_DURATION
from ..core.errors import FieldError, ScheduleError
from ..core.job import Schedule
from ..core.problem import Problem, Severity
from ..schedules.after_end import AfterEnd
from ..schedules.cron.schedule import Cron
from ..schedules.instants import EPOCH
from ..schedules.modifiers import Or
from ..schedules.simple import SHORTEST, AtStart, Date, Interval, OnDemand
from .codes import Code
from .keys import CRON_FIELDS, INTERVAL_PARTS, SCHEDULE_GROUPS, TYPES, Group
from .section import ParsedValue, Section, joined
from .values.hints import clock_hint
from .values.times import to_utc

#: the types whose due times depend on what happens
NO_TIMETABLE = frozenset({Group.AFTER_END, Group.AT_START})
#: makes a schedule of an APScheduler trigger's name, its parameters and a zone
TriggerSchedule = Callable[[str, Mapping[str, Any], ZoneInfo], Schedule]
#: a schedule, or why there is none
Made = tuple[Schedule | None, list[Problem]]

_SEE_APSCHEDULER = "See its parameters in APScheduler's documentation."
_SECONDS = dict(zip(INTERVAL_PARTS, (604800, 86400, 3600, 60, 1), strict=True))
_TWINS = {"week": "weeks", "day": "days", "hour": "hours", "minute": "minutes", "second": "seconds"}
_TWIN = {**_TWINS, **{plural: singular for singular, plural in _TWINS.items() if singular != "week"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleInputs:
    """What else than its own keys decides about a schedule."""

    now: datetime
    zone: ZoneInfo
    #: an interval is counted from here, when it is given
    start: datetime | None = None
    #: None when APScheduler is not installed
    trigger_schedule: TriggerSchedule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedSchedule:
    """What the schedule keys of one section come to."""

    #: None when the keys do not tell
    type: Group | None = None
    schedule: Schedule | None = None
    problems: tuple[Problem, ...] = ()
    #: as 0.2.x handed them to error handlers
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_missing(self) -> bool:
        """Tell whether nothing is there to make a schedule of, rather than something wrong."""
        return self.schedule is None and not any(p.severity is Severity.ERROR for p in self.problems)


def has_schedule_keys(section: Section) -> bool:
    """Tell whether a section says anything about when, so that the schedule of `defaults` is not meant."""
    return any(given.key.group in SCHEDULE_GROUPS for given in section.given.values())


def parse_schedule(section: Section, inputs: ScheduleInputs) -> ParsedSchedule:
    """Make the schedule of a section's keys; never raises."""
    kind, contradiction = _kind(section)
    if kind is None:
        return ParsedSchedule(problems=(*section.errors(*SCHEDULE_GROUPS), *contradiction))
    own, schedule = section.of(kind), None
    problems = section.errors(kind)
    if not problems:
        schedule, problems = _BUILDERS[kind](section, inputs)
    others = section.of(*(group for group in TYPES.values() if group is not kind)).values()
    useless = not own and kind is not Group.CRON
    problems += [_misplaced(given, kind, useless=useless) for given in others]
    params = _params(kind, own, schedule) if schedule else {}
    return ParsedSchedule(type=kind, schedule=schedule, problems=tuple(problems), params=params)


def _kind(section: Section) -> tuple[Group | None, list[Problem]]:
    """Return which type of schedule the keys are for."""
    if "type" in section.given:
        return section.value("type"), []
    kinds = {given.key.group: given for given in section.of(*TYPES.values()).values()}
    if len(kinds) < 2:
        return next(iter(kinds), None), []
    names = " and ".join(f"`{given.key.name}`" for given in kinds.values())
    sentence = f"{names} give schedules of different types."
    hint = "Keep the keys of one type, or say which one with `type`."
    if kinds.keys() & NO_TIMETABLE:
        hint = "Keep one of them; a second job with the same `function` can have the other."
    return None, [Code.CONTRADICTORY_SCHEDULE.problem(section.path, sentence, hint)]


def _misplaced(given: ParsedValue, kind: Group, *, useless: bool) -> Problem:
    name, other = given.key.name, given.key.group.value
    twin = _TWIN.get(name, "")
    fits = twin in (INTERVAL_PARTS if kind is Group.INTERVAL else CRON_FIELDS if kind is Group.CRON else ())
    sentence = f"`{name}` belongs to `type: {other}` and has no effect in `{kind.value}`."
    hint = f"Did you mean `{twin}`?" if fits else f"Remove it, or write `type: {other}`."
    severity = Severity.ERROR if useless else Severity.WARNING
    return given.problem(Code.KEY_OF_ANOTHER_TYPE, sentence, hint, severity)


def _contradiction(given: ParsedValue, others: Iterable[str]) -> Made:
    names = ", ".join(f"`{name}`" for name in others)
    sentence = f"`{given.key.name}` and {names} both give a time."
    return None, [given.problem(Code.CONTRADICTORY_SCHEDULE, sentence, "Keep one of them.")]


def _interval(section: Section, inputs: ScheduleInputs) -> Made:
    given = section.of(Group.INTERVAL)
    if not given:
        return None, []
    parts = {name: each.value for name, each in given.items() if name != "every"}
    if "every" in given and parts:
        return _contradiction(given["every"], parts)
    first = next(iter(given.values()))
    seconds = sum(value * _SECONDS[name] for name, value in parts.items())
    if seconds > MAX_DURATION.total_seconds():
        sentence = "The interval is longer than 100 years."
        return None, [first.problem(Code.BAD_NUMBER, sentence, "Make it shorter.")]
    period = section.value("every", timedelta(seconds=seconds))
    if period < SHORTEST:
        return _too_short(first, "Give at least one second in all, such as `minutes: 5`.")
    return Interval(period, inputs.start or EPOCH), []


def _too_short(given: ParsedValue, hint: str) -> Made:
    return None, [given.problem(Code.INTERVAL_TOO_SHORT, "The interval is less than one second.", hint)]


def _after_end(section: Section, inputs: ScheduleInputs) -> Made:
    if "after end" not in section.given:
        return None, []
    delay = section.value("after end")
    if delay < SHORTEST:
        return _too_short(section.given["after end"], "Give at least one second, such as `10 minutes`.")
    return AfterEnd(delay=delay, zone=inputs.zone), []


def _cron(section: Section, inputs: ScheduleInputs) -> Made:
    given = section.of(Group.CRON)
    if "crontab" not in given:
        return _cron_of_fields(given, inputs.zone)
    crontab = given["crontab"]
    if len(given) > 1:
        return _contradiction(crontab, (name for name in given if name != "crontab"))
    try:
        crons = tuple(Cron.from_crontab(text, inputs.zone) for text in crontabs(crontab))
    except ScheduleError as error:
        return None, [crontab.refused(Code.BAD_CRONTAB, str(error), error.hint)]
    return (crons[0] if len(crons) == 1 else Or(crons)), []


def crontabs(given: ParsedValue) -> tuple[str, ...]:
    """Return the expressions of `crontab`: one, or those of a list."""
    return (given.value,) if isinstance(given.value, str) else given.value


def _cron_of_fields(given: Mapping[str, ParsedValue], zone: ZoneInfo) -> Made:
    try:
        return Cron.from_fields(zone, **{name: each.value for name, each in given.items()}), []
    except FieldError as error:
        # one by one, so that every bad field is reported and not only the first
        problems = [problem for each in given.values() for problem in _field_problems(each, zone)]
        return None, problems or [_no_such_day(error, given)]


def _no_such_day(error: FieldError, given: Mapping[str, ParsedValue]) -> Problem:
    """Report fields of which each alone is good."""
    blamed = given.get(error.field, next(iter(given.values())))
    is_from_environment = any(each.variables for each in given.values())
    sentence = "No such day ever comes." if is_from_environment else str(error)
    return blamed.refused(Code.IMPOSSIBLE_SCHEDULE, sentence, error.hint)


def _field_problems(given: ParsedValue, zone: ZoneInfo) -> list[Problem]:
    try:
        Cron.from_fields(zone, **{given.key.name: given.value})
    except FieldError as error:
        return [given.refused(Code.BAD_FIELD, str(error), joined(clock_hint(given.value), error.hint))]
    return []


def _date(section: Section, inputs: ScheduleInputs) -> Made:
    if "run at" not in section.given:
        return None, []
    return Date(to_utc(section.value("run at"), inputs.zone)), []


def _apscheduler(section: Section, inputs: ScheduleInputs) -> Made:
    if "trigger" not in section.given:
        return None, []
    trigger = section.given["trigger"]
    if inputs.trigger_schedule is None:
        sentence = "APScheduler, which makes this trigger, is not installed."
        hint = "Install `apscheduler` 3 on the server, or use another `type`."
        return None, [trigger.problem(Code.NO_APSCHEDULER, sentence, hint)]
    try:
        schedule = inputs.trigger_schedule(trigger.value, section.value("params", {}), inputs.zone)
        schedule.next_after(inputs.now)
        schedule.latest_at(inputs.now)
    # a trigger is foreign code, fed with whatever stands in the file: one bad job must not touch another
    except Exception as error:  # noqa: BLE001
        sentence, hint = f"This trigger cannot be made: {error}.", _SEE_APSCHEDULER
        if isinstance(error, ScheduleError):
            sentence, hint = str(error), error.hint
        # both may show the parameters
        params = section.given.get("params")
        blamed = replace(trigger, variables=trigger.variables + (params.variables if params else ()))
        return None, [blamed.refused(Code.BAD_TRIGGER, sentence, hint)]
    return schedule, []


def _at_start(_section: Section, _inputs: ScheduleInputs) -> Made:
    return AtStart(), []


def _on_demand(section: Section, _inputs: ScheduleInputs) -> Made:
    """Make no schedule of a section that also says when."""
    return None if section.of(*TYPES.values()) else OnDemand(), []


_BUILDERS: Mapping[Group, Callable[[Section, ScheduleInputs], Made]] = {
    Group.INTERVAL: _interval,
    Group.CRON: _cron,
    Group.DATE: _date,
    Group.APSCHEDULER: _apscheduler,
    Group.AFTER_END: _after_end,
    Group.AT_START: _at_start,
    Group.MANUAL: _on_demand,
}


def _params(kind: Group, own: Mapping[str, ParsedValue], schedule: Schedule) -> dict[str, Any]:
    values = {name: given.value for name, given in own.items()}
    period = None
    if kind is Group.INTERVAL and isinstance(schedule, Interval):
        period = schedule.period
    elif isinstance(schedule, AfterEnd):
        period = schedule.delay
    if period is not None:
        seconds = period.total_seconds()
        return {"seconds": int(seconds) if seconds.is_integer() else seconds}
    if kind is Group.CRON and "crontab" not in values:
        names = ("minute", "hour", "day", "month", "weekday", *(["second"] if "second" in values else []))
        return {name: _number_of_field(values.get(name, -1)) for name in names}
    return values


def _number_of_field(value: Any) -> Any:
    """Write a field as uWSGI's number where it has one, as 0.2.x did: `*/5` is -5, `*` is -1."""
    text = str(value).strip()
    if text == "*":
        return -1
    number = text.removeprefix("*/")
    sign = -1 if number != text else 1
    return sign * int(number) if number.removeprefix("-").isdecimal() else value
