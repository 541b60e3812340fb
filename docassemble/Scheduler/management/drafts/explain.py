# do not pre-load
"""When a job would be due: words, warnings and the next due times of a schedule, without any job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from ...config.parser import parse
from ...core.errors import DefinitionError
from ...core.job import Job
from ...core.problem import Problem, Severity
from ..status import schedule_in_words

#: so many due times are told
DUE_TIMES = 5
#: stands for what the job would run, and its name
_NAME = "the.schedule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A schedule in words, and what comes of it."""

    #: as it was given
    expression: str
    #: a job that has the schedule
    job: Job
    words: str
    #: IANA name of the zone in which it is meant
    time_zone: str
    #: legal, and probably a trap
    warnings: tuple[Problem, ...] = ()
    #: the next due times, in that zone; fewer where there is a last one
    due: tuple[datetime, ...] = ()


def explain(expression: str, zone: str, now: datetime, count: int = DUE_TIMES) -> Explanation:
    """Explain a crontab expression, or words such as `every 5 minutes`.

    Raises DefinitionError for what is none, and for a zone that does not exist.
    """
    text = " ".join(expression.split())
    keys = {"every": text[6:]} if text[:6].lower() == "every " else {"crontab": expression}
    job, problems = read_alone({**keys, "time zone": zone}, now)
    if job is None:
        raise DefinitionError.of([each for each in problems if each.severity is Severity.ERROR])
    return Explanation(
        expression=expression,
        job=job,
        words=schedule_in_words(job),
        time_zone=job.time_zone,
        warnings=tuple(problems),
        due=due_times(job, now, count),
    )


def read_alone(keys: Mapping[str, Any], now: datetime) -> tuple[Job | None, list[Problem]]:
    """Make a job of the keys of a schedule; the paths of the problems are those of the keys."""
    found = parse({_NAME: keys}, zone="UTC", environ={}, now=now)
    return next(iter(found.jobs), None), list(found.problems)


def due_times(job: Job, now: datetime, count: int = DUE_TIMES) -> tuple[datetime, ...]:
    """Return the next due times of a job, as the clock shows them in its zone."""
    zone = ZoneInfo(job.time_zone)
    return tuple(due.astimezone(zone) for due in islice(job.due_times(now), count))
