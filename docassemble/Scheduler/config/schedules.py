# do not pre-load
"""The plan of a job: which type of schedule its keys tell, and that schedule, not yet bounded or spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..core.durations import LONGEST
from ..core.errors import FieldError, ScheduleError
from ..core.job import Schedule
from ..core.problem import Problem, Severity
from ..schedules.cron.schedule import Cron
from ..schedules.date import Once
from ..schedules.instants import EPOCH
from ..schedules.interval import SHORTEST, Interval
from .codes import Code
from .given import Given
from .keys import CRON_FIELDS, INTERVAL_PARTS, TYPES, Group
from .local_time import to_utc
from .section import Section
from .traps import clock_hint

#: makes a schedule of an APScheduler trigger's name, its parameters and a zone
TriggerSchedule = Callable[[str, Mapping[str, Any], ZoneInfo], Schedule]
#: a schedule, or why there is none
Outcome = tuple[Schedule | None, list[Problem]]

_SEE_APSCHEDULER = "See its parameters in APScheduler's documentation."
_SECONDS = dict(zip(INTERVAL_PARTS, (604800, 86400, 3600, 60, 1), strict=True))
_TWINS = {"week": "weeks", "day": "days", "hour": "hours", "minute": "minutes", "second": "seconds"}
_TWIN = {**_TWINS, **{plural: singular for singular, plural in _TWINS.items() if singular != "week"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What else than its own keys decides about a schedule."""

    now: datetime
    zone: ZoneInfo
    #: an interval is counted from here, when it is given
    start: datetime | None = None
    #: None when APScheduler is not installed
    trigger_schedule: TriggerSchedule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
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
    return bool(section.of(Group.TYPE, *TYPES.values()))


def make_plan(section: Section, circumstances: Circumstances) -> Plan:
    """Make the schedule of a section's keys; never raises."""
    told, contradiction = _told(section)
    if told is None:
        refusals = [each.refusal for each in section.of(Group.TYPE, *TYPES.values()).values() if each.refusal]
        return Plan(problems=(*refusals, *contradiction))
    own = section.of(told)
    problems = [given.refusal for given in own.values() if given.refusal]
    schedule = None
    if not problems:
        schedule, problems = _BUILDERS[told](section, circumstances)
    strangers = section.of(*(group for group in TYPES.values() if group is not told))
    useless = not own and told is not Group.CRON
    problems += [_misplaced(given, told, useless=useless) for given in strangers.values()]
    params = _params(told, own, schedule) if schedule else {}
    return Plan(type=told, schedule=schedule, problems=tuple(problems), params=params)


def _told(section: Section) -> tuple[Group | None, list[Problem]]:
    if "type" in section.given:
        return section.value("type"), []
    groups = {given.key.group: given for given in section.of(*TYPES.values()).values()}
    if len(groups) < 2:
        return next(iter(groups), None), []
    names = " and ".join(f"`{given.key.name}`" for given in groups.values())
    return None, [
        Problem(
            code=Code.CONTRADICTORY_SCHEDULE.value,
            path=section.path,
            value=None,
            sentence=f"{names} give schedules of different types.",
            hint="Keep the keys of one type, or say which one with `type`.",
        )
    ]


def _misplaced(given: Given, told: Group, *, useless: bool) -> Problem:
    twin = _TWIN.get(given.key.name, "")
    fits = twin in (INTERVAL_PARTS if told is Group.INTERVAL else CRON_FIELDS if told is Group.CRON else ())
    return given.problem(
        Code.KEY_OF_ANOTHER_TYPE,
        f"`{given.key.name}` belongs to `type: {given.key.group.value}` and has no effect in `{told.value}`.",
        f"Did you mean `{twin}`?" if fits else f"Remove it, or write `type: {given.key.group.value}`.",
        Severity.ERROR if useless else Severity.WARNING,
    )


def _interval(section: Section, circumstances: Circumstances) -> Outcome:
    given = section.of(Group.INTERVAL)
    if not given:
        return None, []
    parts = {name: each.value for name, each in given.items() if name != "every"}
    if "every" in given and parts:
        names = ", ".join(f"`{name}`" for name in parts)
        sentence = f"`every` and {names} both give a time."
        return None, [given["every"].problem(Code.CONTRADICTORY_SCHEDULE, sentence, "Keep one of them.")]
    first = next(iter(given.values()))
    seconds = sum(value * _SECONDS[name] for name, value in parts.items())
    if seconds > LONGEST.total_seconds():
        return None, [
            first.problem(Code.BAD_NUMBER, "The interval is longer than 100 years.", "Make it shorter.")
        ]
    period = section.value("every", timedelta(seconds=seconds))
    if period < SHORTEST:
        hint = "Give at least one second in all, such as `minutes: 5`."
        return None, [first.problem(Code.INTERVAL_TOO_SHORT, "The interval is less than one second.", hint)]
    return Interval(period, circumstances.start or EPOCH), []


def _cron(section: Section, circumstances: Circumstances) -> Outcome:
    given = section.of(Group.CRON)
    if "crontab" not in given:
        return _cron_of_fields(given, circumstances.zone)
    crontab = given["crontab"]
    if len(given) > 1:
        names = ", ".join(f"`{name}`" for name in given if name != "crontab")
        sentence = f"`crontab` and {names} both give a time."
        return None, [crontab.problem(Code.CONTRADICTORY_SCHEDULE, sentence, "Keep one of them.")]
    try:
        return Cron.from_crontab(crontab.value, circumstances.zone), []
    except ScheduleError as error:
        return None, [crontab.refused(Code.BAD_CRONTAB, str(error), error.hint)]


def _cron_of_fields(given: Mapping[str, Given], zone: ZoneInfo) -> Outcome:
    try:
        return Cron.from_fields(zone, **{name: each.value for name, each in given.items()}), []
    except FieldError as error:
        # one by one, so that every bad field is reported and not only the first
        problems = [problem for each in given.values() for problem in _field_problems(each, zone)]
        return None, problems or [_no_such_day(error, given)]


def _no_such_day(error: FieldError, given: Mapping[str, Given]) -> Problem:
    """Report fields of which each alone is good."""
    blamed = given.get(error.field, next(iter(given.values())))
    is_from_environment = any(each.variables for each in given.values())
    sentence = "No such day ever comes." if is_from_environment else str(error)
    return blamed.refused(Code.IMPOSSIBLE_SCHEDULE, sentence, error.hint)


def _field_problems(given: Given, zone: ZoneInfo) -> list[Problem]:
    try:
        Cron.from_fields(zone, **{given.key.name: given.value})
    except FieldError as error:
        hint = " ".join(filter(None, (clock_hint(given.value), error.hint)))
        return [given.refused(Code.BAD_FIELD, str(error), hint)]
    return []


def _date(section: Section, circumstances: Circumstances) -> Outcome:
    if "run at" not in section.given:
        return None, []
    return Once(to_utc(section.value("run at"), circumstances.zone)), []


def _apscheduler(section: Section, circumstances: Circumstances) -> Outcome:
    if "trigger" not in section.given:
        return None, []
    trigger = section.given["trigger"]
    if circumstances.trigger_schedule is None:
        return None, [
            trigger.problem(
                Code.NO_APSCHEDULER,
                "APScheduler, which makes this trigger, is not installed.",
                "Install `apscheduler` 3 on the server, or use another `type`.",
            )
        ]
    variables = section.given["params"].variables if "params" in section.given else ()
    try:
        schedule = circumstances.trigger_schedule(
            trigger.value, section.value("params", {}), circumstances.zone
        )
        schedule.next_after(circumstances.now)
        schedule.latest_at(circumstances.now)
    # a trigger is foreign code, fed with whatever stands in the file: one bad job must not touch another
    except Exception as error:  # noqa: BLE001
        sentence, hint = f"This trigger cannot be made: {error}.", _SEE_APSCHEDULER
        if isinstance(error, ScheduleError):
            sentence, hint = str(error), error.hint
        # both may show the parameters
        blamed = replace(trigger, variables=(*trigger.variables, *variables))
        return None, [blamed.refused(Code.BAD_TRIGGER, sentence, hint)]
    return schedule, []


_BUILDERS: Mapping[Group, Callable[[Section, Circumstances], Outcome]] = {
    Group.INTERVAL: _interval,
    Group.CRON: _cron,
    Group.DATE: _date,
    Group.APSCHEDULER: _apscheduler,
}


def _params(told: Group, own: Mapping[str, Given], schedule: Schedule) -> dict[str, Any]:
    values = {name: given.value for name, given in own.items()}
    if told is Group.INTERVAL and isinstance(schedule, Interval):
        seconds = schedule.period.total_seconds()
        return {"seconds": int(seconds) if seconds.is_integer() else seconds}
    if told is Group.CRON and "crontab" not in values:
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
