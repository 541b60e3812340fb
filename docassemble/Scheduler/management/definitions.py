# do not pre-load
"""The definition of a job that is added at run time: checked as a whole, before anything is kept of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..config import Code
from ..config.parser import JOB
from ..config.values.hints import normalised
from ..core.clock import RESOLUTION
from ..core.errors import ArgumentError, DefinitionError, NotPermitted, NotPossible
from ..core.job import Job
from ..core.problem import Severity
from ..core.session_action import is_session_action
from ..core.texts.storable import MAX_NAME, flaw
from ..execution.arguments import MAX_ARGUMENTS, check, check_not_fixed
from ..execution.functions import Functions
from .check import missing_functions
from .permissions import Caller, Permissions
from .registry import JobRegistry

#: warnings in the configuration; a program that adds a job can mend it at once
_MISTAKES = {Code.UNKNOWN_KEY.value, Code.DOUBLED_KEY.value, Code.KEY_OF_ANOTHER_TYPE.value}
_FIXED = "fixed arguments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A definition that has been checked."""

    job: Job
    #: JSON
    text: str
    #: after which due times are run
    since: datetime


def checked(  # noqa: PLR0913, PLR0917 - what is checked, and all that it is checked by
    name: str,
    definition: Mapping[str, Any],
    by: Caller,
    registry: JobRegistry,
    permissions: Permissions,
    functions: Functions,
    now: datetime,
) -> Definition:
    """Check the definition of a job.

    Raises DefinitionError, ArgumentError for what is not JSON, and NotPermitted.
    """
    _check_name(name, registry)
    whole = {str(key): value for key, value in definition.items()}
    for key, value in whole.items():
        check(value, key)
    given = {normalised(key): value for key, value in whole.items()}
    on_demand = registry.on_demand(given.get(JOB))
    if by.is_limited and on_demand is None and "run as" not in given:
        whole["run as"] = by.name
    if not given.keys() & {"time zone", "timezone"}:
        # else it would become another time when somebody changes that setting
        whole["time zone"] = registry.settings.time_zone
    text = json.dumps(whole)
    if len(text) > MAX_ARGUMENTS:
        raise ArgumentError("the job", f"is more than {MAX_ARGUMENTS:,} characters as JSON", hint="pass less")
    job = _job(name, whole, registry)
    if on_demand is None:
        permissions.check_added(job, by)  # imports nothing that is not allowed
    else:
        if not on_demand.enabled:
            raise NotPossible.disabled(on_demand.name)
        if given.get("args") or given.get("kwargs"):
            check_not_fixed(on_demand)
        permissions.check_on_demand(job, on_demand, by)
    if permissions.fixes_arguments(job, by):
        others = {key: value for key, value in whole.items() if normalised(key) != _FIXED}
        job, text = replace(job, fixed_arguments=True), json.dumps({**others, _FIXED: True})
    if missing := missing_functions([job], functions):
        raise DefinitionError.of(missing)
    return Definition(job=job, text=text, since=_since(job, now))


def stored(name: str, registry: JobRegistry, by: Caller) -> Mapping[str, Any]:
    """Return the definition of an added job, as it was given.

    Raises UnknownJob; NotPossible for one that is none of these; NotPermitted for the arguments of others, which
    may be secrets.
    """
    entry = registry.entries.get(name)
    if entry is None or entry.table is not None or registry.is_configured(name):
        registry.find(name)
        where = f"a row of {entry.table}" if entry is not None and entry.table else "in the configuration"
        raise NotPossible(f"the job {name!r} is {where}", hint="change it there")
    if by.is_limited and entry.added.by != by.name:
        raise NotPermitted(
            f"the job {name!r} was added by somebody else", hint="ask them, or an administrator, to change it"
        )
    definition: Mapping[str, Any] = json.loads(entry.added.definition)
    return definition


def _check_name(name: str, registry: JobRegistry) -> None:
    if not name.strip() or name != name.strip() or not name.isprintable() or flaw(name):
        raise DefinitionError(
            f"{name[:MAX_NAME]!r} cannot be the name of a job",
            hint=f"a name has 1 to {MAX_NAME} characters, all of them visible, the first and the last no space",
        )
    if is_session_action(name):
        raise DefinitionError(
            f"{name!r} is the name of an action in a session",
            hint="choose another name; in an interview, call `schedule_action`",
        )
    if registry.is_configured(name):
        raise DefinitionError(
            f"the configuration has a job {name!r}", hint="choose another name, or change the configuration"
        )
    if (table := registry.table_of(name)) is not None:
        raise DefinitionError(f"{name!r} is a row of {table}", hint="choose another name, or change the row")


def _job(name: str, whole: Mapping[str, Any], registry: JobRegistry) -> Job:
    job, problems = registry.read(name, whole)
    wrong = [each for each in problems if each.severity is Severity.ERROR or each.code in _MISTAKES]
    if job is None or wrong:
        raise DefinitionError.of(wrong)
    return job


def _since(job: Job, now: datetime) -> datetime:
    if job.is_on_demand:
        raise DefinitionError(
            "a job on demand cannot be added",
            hint="write it into the configuration; or say when this one is due, such as with `run at`",
        )
    since = due_since(job, now)
    if since is None:
        latest = job.schedule.latest_at(now)
        when = "" if latest is None else f": {latest.isoformat(timespec='seconds')} has passed"
        raise DefinitionError(f"{job.name} would never be due{when}", hint="give it a time that is to come")
    return since


def due_since(job: Job, now: datetime) -> datetime | None:
    """Return after which due times an added job is run: what was due before matters only when it is all there is.

    None = it would never be due.
    """
    if job.is_at_start or job.schedule.next_after(now) is not None:
        return now
    latest, grace = job.schedule.latest_at(now), job.misfire_grace_time
    if latest is None or job.type != "date" or (grace is not None and now - latest > grace):
        return None
    return latest - RESOLUTION
