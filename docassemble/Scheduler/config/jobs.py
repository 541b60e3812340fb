# do not pre-load
"""From the mapping below a job's name to a `Job`, or to the problems that keep it from being one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..core.errors import ScheduleError
from ..core.excerpt import naming
from ..core.job import Job, Schedule
from ..core.problem import Problem, Severity
from ..core.settings import Settings
from ..core.storable import flaw
from ..schedules.bounded import Bounded
from ..schedules.jittered import Jittered
from . import lint
from .codes import Code
from .facts import Path
from .given import FAR
from .keys import JOB_KEYS, SETTING_KEYS, TYPES, Group
from .local_time import to_utc
from .names import did_you_mean, is_dotted, normalised
from .refused import HIDDEN, kind_of
from .schedules import Circumstances, Plan, TriggerSchedule, has_schedule_keys, make_plan
from .section import Section, read_section

Unusable = Callable[[Job, Path], Problem | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What every job of a block is made with."""

    #: None = `${NAME}` has no meaning: not the administrator has written it
    environ: Mapping[str, str] | None
    now: datetime
    settings: Settings
    #: the keys of `defaults`
    defaults: Section
    trigger_schedule: TriggerSchedule | None
    #: says why a job, which stands at a path, cannot be run by this docassemble; None when it can
    unusable: Unusable | None = None

    def circumstances(self, section: Section) -> Circumstances:
        """Return what decides about the schedule of a job with these keys."""
        zone = section.value("time zone") or ZoneInfo(self.settings.time_zone)
        start = section.value("start")
        return Circumstances(
            now=self.now,
            zone=zone,
            start=start and to_utc(start, zone),
            trigger_schedule=self.trigger_schedule,
        )


def make_job(name: str, block: object, path: Path, workshop: Workshop) -> tuple[Job | None, list[Problem]]:
    """Make one job. Never raises; without a job at least one of the problems is an error."""
    if not isinstance(block, Mapping):
        return None, [_not_a_job(name, block, path)]
    own = read_section(block, JOB_KEYS, path, workshop.environ)
    merged = _with_defaults(own, workshop.defaults)
    circumstances = workshop.circumstances(merged)
    plan, problems = _plan_of(own, merged, circumstances, workshop)
    function, unnamed = _function(name, merged)
    schedule, wrapping = _wrapped(plan, merged, name, circumstances)
    misnamed = _unfit_name(name, path) or unnamed
    problems = [*misnamed, *own.remarks, *_refusals(own), *problems, *wrapping]
    if schedule is None or plan.type is None or any(each.severity is Severity.ERROR for each in problems):
        return None, problems
    fields = _fields(merged, workshop.settings)
    job = Job(
        name=name,
        function=function,
        type=plan.type.value,
        schedule=schedule,
        params=plan.params,
        time_zone=circumstances.zone.key,
        **fields,
    )
    refusal = workshop.unusable and workshop.unusable(job, path)
    return (None, [*problems, refusal]) if refusal else (job, problems)


def _unfit_name(name: str, path: Path) -> list[Problem]:
    wrong = flaw(name)
    if wrong is None:
        return []
    return [
        Problem(
            code=Code.NOT_STORABLE.value,
            path=path,
            value=name,
            sentence=f"The name of the job {wrong.reason}.",
            hint=wrong.hint,
        )
    ]


def check_defaults(workshop: Workshop) -> list[Problem]:
    """Report, once for all jobs, what is wrong with `defaults`."""
    defaults = workshop.defaults
    problems = [*defaults.remarks, *defaults.unknown, *_refusals(defaults)]
    if has_schedule_keys(defaults):
        circumstances = workshop.circumstances(defaults)
        plan = make_plan(defaults, circumstances)
        problems += [*plan.problems, *lint.traps_of_plan(defaults, plan, circumstances)]
    return problems


def _not_a_job(name: str, block: object, path: Path) -> Problem:
    if block is None:
        hint = did_you_mean(normalised(name), SETTING_KEYS)
        return Problem(
            code=Code.BLANK_JOB.value,
            path=path,
            value=None,
            sentence="This job has nothing below its name.",
            hint=hint or "Give it a schedule on the next line, further indented: `every: 5 minutes`.",
        )
    guess = "" if "." in name else did_you_mean(normalised(name), SETTING_KEYS)
    return Problem(
        code=Code.NOT_A_JOB.value,
        path=path,
        value=HIDDEN,
        sentence=f"This is neither a setting nor a job, which is a mapping, but {kind_of(block)}.",
        hint=guess or "A job's keys stand below its name, further indented and without dashes.",
    )


def _with_defaults(own: Section, defaults: Section) -> Section:
    """Put the job's own keys over those of `defaults`, whose schedule counts only when the job has none."""
    if not defaults.given:
        return own
    schedule_groups = (Group.TYPE, *TYPES.values())
    given = {name: each for name, each in defaults.given.items() if not each.refusal}
    if has_schedule_keys(own):
        given = {name: each for name, each in given.items() if each.key.group not in schedule_groups}
    else:
        given.update(defaults.of(*schedule_groups))
    # what is wrong with them here and not in all jobs is reported here
    here = {name: replace(each, path=(*own.path, name)) for name, each in given.items()}
    return replace(own, given={**here, **own.given})


def _refusals(section: Section) -> list[Problem]:
    """Return the problems of the values that have nothing to do with the type of the schedule."""
    groups = (Group.FIELD, Group.FUNCTION, Group.BOUNDS)
    return [given.refusal for given in section.of(*groups).values() if given.refusal]


def _plan_of(
    own: Section, merged: Section, circumstances: Circumstances, workshop: Workshop
) -> tuple[Plan, list[Problem]]:
    plan = make_plan(merged, circumstances)
    if not has_schedule_keys(own) and has_schedule_keys(workshop.defaults):
        unusable = Problem(
            code=Code.BAD_DEFAULTS.value,
            path=own.path,
            value=None,
            sentence="This job has the schedule of `defaults`, which cannot be used.",
            hint="Mend `defaults`, or give the job a schedule of its own.",
        )
        return plan, [*own.unknown, *([] if plan.schedule else [unusable])]
    if plan.is_missing:
        return plan, [*plan.problems, *_missing(own, plan)]
    return plan, [*own.unknown, *plan.problems, *lint.traps_of_plan(merged, plan, circumstances)]


def _missing(own: Section, plan: Plan) -> list[Problem]:
    """Blame the keys that are not known for a schedule that is not there, if there are any."""
    if own.unknown:
        hint = "Nothing else here says when the job is due: add `every: 5 minutes`, say."
        return [replace(each, severity=Severity.ERROR, hint=each.hint or hint) for each in own.unknown]
    wanted = {Group.DATE: "`run at`", Group.APSCHEDULER: "`trigger`", Group.INTERVAL: "`every`"}
    hint = f"Add {wanted[plan.type]}." if plan.type in wanted else "Add `every: 5 minutes`, say."
    sentence = "Nothing here says when the job is due."
    return [Problem(code=Code.NO_SCHEDULE.value, path=own.path, value=None, sentence=sentence, hint=hint)]


def _function(name: str, section: Section) -> tuple[str, list[Problem]]:
    if "function" in section.given:
        return section.value("function", ""), []
    # thousands of jobs may run the same function: they share its name
    function = sys.intern(name.split(maxsplit=1)[0]) if name.strip() else ""
    if is_dotted(function):
        return function, _invisible(name, section.path)
    guess = did_you_mean(normalised(name), SETTING_KEYS)
    problem = Problem(
        code=Code.BAD_NAME.value,
        path=section.path,
        value=name,
        sentence="The name of the job is not the dotted name of a function.",
        hint=naming(name[:FAR])
        or guess
        or "Name it `file.function` or `package.module.function`, or say `function:` below it.",
    )
    return "", [problem]


def _invisible(name: str, path: Path) -> list[Problem]:
    """Warn of a name that is not what it looks like."""
    if not (hint := naming(name[:FAR], lookalikes=False)):
        return []
    sentence = "The name of the job contains a character that cannot be seen."
    return [
        Problem(
            code=Code.INVISIBLE_CHARACTER.value,
            path=path,
            value=name,
            sentence=sentence,
            hint=hint,
            severity=Severity.WARNING,
        )
    ]


def _wrapped(
    plan: Plan, section: Section, name: str, circumstances: Circumstances
) -> tuple[Schedule | None, list[Problem]]:
    """Put bounds and jitter around the schedule, and look whether it is ever due."""
    if plan.schedule is None:
        return None, []
    schedule, problems = _bounded(plan.schedule, section, circumstances)
    if schedule is None:
        return None, problems
    if spread := section.value("jitter"):
        schedule = Jittered(schedule, spread, name)
    problems += lint.ended(schedule, section, circumstances)
    return schedule, [*problems, *lint.sure_overlap(section, plan.schedule)]


def _bounded(
    schedule: Schedule, section: Section, circumstances: Circumstances
) -> tuple[Schedule | None, list[Problem]]:
    zone = circumstances.zone
    given = [section.given[name] for name in ("start", "end") if section.value(name)]
    if not given:
        return schedule, []
    problems = [problem for each in given for problem in lint.skipped_time(each, zone)]
    end = section.value("end")
    try:
        return Bounded(schedule, circumstances.start, end and to_utc(end, zone)), problems
    except ScheduleError:
        sentence = "No due time lies between the start and the end of this job."
        hint = "Move `start` or `end`, or take one of them away."
        return None, [*problems, given[-1].problem(Code.IMPOSSIBLE_SCHEDULE, sentence, hint)]


def _fields(section: Section, settings: Settings) -> dict[str, Any]:
    """Return the fields of the job that its keys give, and those that it has from the settings."""
    fields = {"misfire_grace_time": settings.misfire_grace_time, **section.fields()}
    # the handler for all jobs wins over the job's own, as in 0.2.x
    fields["error_handler"] = settings.error_handler or fields.get("error_handler")
    written = section.written()
    if settings.error_handler:
        written.pop("error_handler", None)
        written.update({key: value for key, value in settings.written.items() if key == "error_handler"})
    return {**fields, "written": written} if written else fields
