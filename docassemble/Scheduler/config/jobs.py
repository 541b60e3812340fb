# do not pre-load
"""From the mapping below a job's name to a `Job`, or to the problems that keep it from being one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..core.job import Job
from ..core.problem import Path, Problem, Severity
from ..core.settings import Settings
from ..core.texts.excerpt import naming
from ..core.texts.storable import flaw
from . import lint
from .around import useless, without_effect, wrapped
from .codes import Code
from .environment import Environment
from .keys import JOB_KEYS, SCHEDULE_GROUPS, SETTING_KEYS, Group
from .schedules import (
    NO_TIMETABLE,
    ParsedSchedule,
    ScheduleInputs,
    TriggerSchedule,
    has_schedule_keys,
    parse_schedule,
)
from .section import FAR, ParsedValue, Section, read_section
from .values.hints import did_you_mean, is_dotted, kind_of, normalised
from .values.times import to_utc

#: the keys whose problems have nothing to do with the type of the schedule
_OTHER_GROUPS = (Group.FIELD, Group.FUNCTION, Group.BOUNDS)

_ANY_SCHEDULE = "Add `every: 5 minutes`, say; or `type: manual` if it is to run on demand only."

Unusable = Callable[[Job, Path], Problem | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFactory:
    """What every job of a block is made with."""

    #: None = `${NAME}` has no meaning: not the administrator has written it
    environment: Environment | None
    now: datetime
    settings: Settings
    #: the keys of `defaults`
    defaults: Section
    trigger_schedule: TriggerSchedule | None
    #: says why a job, which stands at a path, cannot be run by this docassemble; None when it can
    unusable: Unusable | None = None

    def inputs(self, section: Section) -> ScheduleInputs:
        """Return what decides about the schedule of a job with these keys."""
        zone = section.value("time zone") or ZoneInfo(self.settings.time_zone)
        start = section.value("start")
        return ScheduleInputs(
            now=self.now,
            zone=zone,
            start=start and to_utc(start, zone),
            trigger_schedule=self.trigger_schedule,
        )


def make_job(name: str, block: object, path: Path, factory: JobFactory) -> tuple[Job | None, list[Problem]]:
    """Make one job. Never raises; without a job at least one of the problems is an error."""
    if not isinstance(block, Mapping):
        return None, [_not_a_job(name, block, path)]
    own = read_section(block, JOB_KEYS, path, factory.environment)
    merged = with_defaults(own, factory.defaults)
    inputs = factory.inputs(merged)
    parsed, of_schedule = _parsed_schedule(own, merged, inputs, factory)
    function, of_name = _function(name, merged)
    if parsed.type in {Group.AT_START, Group.MANUAL}:
        schedule, of_bounds = parsed.schedule, useless(own, parsed.type)
    else:
        schedule, of_bounds = wrapped(parsed.schedule, merged, name, inputs)
        of_bounds += without_effect(own, merged)
    if wrong := flaw(name):
        of_name = [Code.NOT_STORABLE.problem(path, f"The name of the job {wrong.reason}.", wrong.hint)]
    problems = [*of_name, *own.warnings, *own.errors(*_OTHER_GROUPS), *of_schedule, *of_bounds]
    if schedule is None or parsed.type is None or any(each.severity is Severity.ERROR for each in problems):
        return None, problems
    job = Job(
        name=name,
        function=function,
        type=parsed.type.value,
        schedule=schedule,
        params=parsed.params,
        time_zone=inputs.zone.key,
        **_fields(merged, factory.settings, has_timetable=parsed.type not in NO_TIMETABLE),
    )
    refusal = factory.unusable and factory.unusable(job, path)
    return (None, [*problems, refusal]) if refusal else (job, problems)


def keys_of(job: Job, block: Mapping[Any, Any], factory: JobFactory) -> Section:
    """Return the keys that a job was made of, for others that are to have the same; its function is one of them."""
    merged = with_defaults(read_section(block, JOB_KEYS, (), factory.environment), factory.defaults)
    named = ParsedValue(key=JOB_KEYS["function"], path=(), written=job.function, value=job.function)
    return replace(merged, given={"function": named, **merged.given})


def check_defaults(factory: JobFactory) -> list[Problem]:
    """Report, once for all jobs, what is wrong with `defaults`."""
    defaults = factory.defaults
    problems = [*defaults.warnings, *defaults.unknown, *defaults.errors(*_OTHER_GROUPS)]
    if has_schedule_keys(defaults):
        inputs = factory.inputs(defaults)
        parsed = parse_schedule(defaults, inputs)
        problems += [*parsed.problems, *lint.schedule_warnings(defaults, parsed, inputs)]
    return problems


def _not_a_job(name: str, block: object, path: Path) -> Problem:
    guess = did_you_mean(normalised(name), SETTING_KEYS)
    if block is None:
        hint = guess or "Give it a schedule on the next line, further indented: `every: 5 minutes`."
        return Code.BLANK_JOB.problem(path, "This job has nothing below its name.", hint)
    sentence = f"This is neither a setting nor a job, which is a mapping, but {kind_of(block)}."
    hint = "A job's keys stand below its name, further indented and without dashes."
    return Code.NOT_A_JOB.problem(path, sentence, guess if guess and "." not in name else hint)


def with_defaults(own: Section, defaults: Section) -> Section:
    """Put the job's own keys over those of `defaults`, whose schedule counts only when the job has none."""
    if not defaults.given:
        return own
    has_own = has_schedule_keys(own)

    def counts(given: ParsedValue) -> bool:
        # what is wrong with the schedule keeps this job from running; other errors are reported once for all jobs
        return not has_own if given.key.group in SCHEDULE_GROUPS else not given.error

    given = {name: each for name, each in defaults.given.items() if counts(each)}
    here = {name: replace(each, path=(*own.path, name)) for name, each in given.items()}
    return replace(own, given={**here, **own.given})


def _parsed_schedule(
    own: Section, merged: Section, inputs: ScheduleInputs, factory: JobFactory
) -> tuple[ParsedSchedule, list[Problem]]:
    parsed = parse_schedule(merged, inputs)
    if not has_schedule_keys(own) and has_schedule_keys(factory.defaults):
        if parsed.schedule:
            return parsed, [*own.unknown]
        sentence = "This job has the schedule of `defaults`, which cannot be used."
        hint = "Mend `defaults`, or give the job a schedule of its own."
        return parsed, [*own.unknown, Code.BAD_DEFAULTS.problem(own.path, sentence, hint)]
    if parsed.is_missing:
        return parsed, [*parsed.problems, *_missing(own, parsed)]
    return parsed, [*own.unknown, *parsed.problems, *lint.schedule_warnings(merged, parsed, inputs)]


def _missing(own: Section, parsed: ParsedSchedule) -> list[Problem]:
    """Blame the keys that are not known for a schedule that is not there, if there are any."""
    if own.unknown:
        hint = "Nothing else here says when the job is due: add `every: 5 minutes`, say."
        return [replace(each, severity=Severity.ERROR, hint=each.hint or hint) for each in own.unknown]
    wanted = {
        Group.DATE: "`run at`",
        Group.APSCHEDULER: "`trigger`",
        Group.INTERVAL: "`every`",
        Group.AFTER_END: "`after end`",
    }
    hint = f"Add {wanted[parsed.type]}." if parsed.type in wanted else _ANY_SCHEDULE
    return [Code.NO_SCHEDULE.problem(own.path, "Nothing here says when the job is due.", hint)]


def _function(name: str, section: Section) -> tuple[str, list[Problem]]:
    if "function" in section.given:
        return section.value("function", ""), []
    # thousands of jobs may run the same function: they share its name
    function = sys.intern(name.split(maxsplit=1)[0]) if name.strip() else ""
    if not is_dotted(function):
        sentence = "The name of the job is not the dotted name of a function."
        hint = "Name it `file.function` or `package.module.function`, or say `function:` below it."
        hint = naming(name[:FAR]) or did_you_mean(normalised(name), SETTING_KEYS) or hint
        return "", [Code.BAD_NAME.problem(section.path, sentence, hint)]
    if hint := naming(name[:FAR], lookalikes=False):
        sentence = "The name of the job contains a character that cannot be seen."
        return function, [Code.INVISIBLE_CHARACTER.warning(section.path, sentence, hint)]
    return function, []


def _fields(section: Section, settings: Settings, *, has_timetable: bool) -> dict[str, Any]:
    """Return the fields of the job that its keys give, and those that it has from the settings.

    Without a timetable no later due time would make up for one that is missed: it is run however late.
    """
    grace = settings.misfire_grace_time if has_timetable else None
    fields = {"misfire_grace_time": grace, **section.fields()}
    # the handler for all jobs wins over the job's own, as in 0.2.x
    fields["error_handler"] = settings.error_handler or fields.get("error_handler")
    written = section.written()
    if settings.error_handler:
        written.pop("error_handler", None)
        written.update({key: value for key, value in settings.written.items() if key == "error_handler"})
    return {**fields, "written": written} if written else fields
