# do not pre-load
"""The `scheduler:` block as a whole: settings, jobs, and the problems of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..core.alerts import AlertPolicy
from ..core.job import Job
from ..core.problem import Problem
from ..core.settings import Settings
from . import environment, times
from .codes import Code, InvalidValue
from .hints import kind_of, normalised, shown, text_of
from .jobs import JobFactory, Unusable, check_defaults, make_job
from .keys import JOB_KEYS, NOTIFY_KEYS, SETTING_KEYS, Key
from .schedules import TriggerSchedule
from .section import Section, read_section
from .yaml_pitfalls import SourceFindings, with_findings

ROOT = ("scheduler",)
#: begins the path of problems of jobs that are added at run time
ADDED = ("added jobs",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What the block says: everything that can be used, and everything that is wrong."""

    settings: Settings
    jobs: tuple[Job, ...] = ()
    problems: tuple[Problem, ...] = ()
    #: for jobs that are added at run time
    factory: JobFactory

    def read_added(
        self, name: str, definition: Mapping[str, Any], now: datetime
    ) -> tuple[Job | None, list[Problem]]:
        """Make a job that is added at run time, by the rules for those of the block. Never raises.

        Its texts are taken as they are: `${NAME}` is for the administrator, and what a program adds may
        hold what its users have typed.
        """
        return make_job(name, definition, (*ADDED, name), replace(self.factory, environ=None, now=now))


def parse(  # noqa: PLR0913 (each is one fact about the world, which the core must not look up itself)
    block: object,
    *,
    zone: str,
    environ: Mapping[str, str],
    now: datetime,
    source: SourceFindings | None = None,
    trigger_schedule: TriggerSchedule | None = None,
    unusable: Unusable | None = None,
) -> Configuration:
    """Read the `scheduler:` block of docassemble's configuration, as YAML has loaded it.

    Never raises. `zone` is docassemble's `timezone`, for every schedule without one of its own; `environ`
    gives `${NAME}` and the tags of the server; `now` (aware) tells what is past; `source` is what the file
    itself shows; without `trigger_schedule` there is no `type: apscheduler`; `unusable` knows which jobs this
    docassemble cannot run.
    """
    host_zone, problems = _host_zone(zone)
    if not isinstance(block, Mapping):
        problems += [] if block is None else [_bad_block(block)]
        block = {}
    chosen, others = _sorted(block)
    settings, defaults, found = _settings(chosen, host_zone, environ)
    problems += found
    factory = JobFactory(
        environ=environ,
        now=now,
        settings=settings,
        defaults=defaults,
        trigger_schedule=trigger_schedule,
        unusable=unusable,
    )
    problems += check_defaults(factory)
    jobs, found = _jobs(others, factory)
    problems = with_findings([*problems, *found], source or SourceFindings())
    return Configuration(settings=settings, jobs=jobs, problems=tuple(problems), factory=factory)


def _host_zone(name: str) -> tuple[ZoneInfo, list[Problem]]:
    try:
        return times.zone(name), []
    except InvalidValue as error:
        sentence = f"{shown(name)} {error}; UTC is used."
        return ZoneInfo("UTC"), [error.code.problem(("timezone",), sentence, error.hint)]


def _bad_block(block: object) -> Problem:
    sentence = f"The block is {kind_of(block)} where a mapping is wanted; no job is scheduled."
    hint = "Settings and jobs stand below `scheduler:`, further indented and without dashes."
    return Code.BAD_BLOCK.problem(ROOT, sentence, hint)


def _sorted(block: Mapping[Any, Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Tell settings from all others."""
    chosen = {key: value for key, value in block.items() if normalised(text_of(key)) in SETTING_KEYS}
    return chosen, {key: value for key, value in block.items() if key not in chosen}


def _settings(
    chosen: Mapping[Any, Any], zone: ZoneInfo, environ: Mapping[str, str]
) -> tuple[Settings, Section, list[Problem]]:
    section = read_section(chosen, SETTING_KEYS, ROOT, environ)
    notify = _subsection(section, "notify", NOTIFY_KEYS, environ)
    defaults = _subsection(section, "defaults", JOB_KEYS, environ)
    fields = {
        "server_tags": environment.server_tags(environ),
        **environment.heartbeat(environ),
        **section.fields(),
        "time_zone": section.value("time zone", zone).key,
        "written": section.written(),
        "notify": AlertPolicy(**notify.fields()),
        "defaults": {name: given.value for name, given in defaults.given.items() if not given.error},
    }
    problems = [*section.warnings, *section.errors(), *notify.warnings, *notify.unknown, *notify.errors()]
    return Settings(**fields), defaults, problems


def _subsection(section: Section, name: str, table: Mapping[str, Key], environ: Mapping[str, str]) -> Section:
    block = section.value(name)
    if block is None:
        return Section(path=(*section.path, name))
    return read_section(block, table, section.given[name].path, environ)


def _jobs(others: Mapping[Any, Any], factory: JobFactory) -> tuple[tuple[Job, ...], list[Problem]]:
    jobs: dict[str, Job] = {}
    problems = []
    for key, block in others.items():
        name = _copy(text_of(key))
        job, found = make_job(name, block, (*ROOT, name), factory)
        problems += found
        if job and name in jobs:
            # `5` and `"5"` are two keys of YAML
            sentence = "Another job has this name already; this one is not scheduled."
            problems.append(Code.DOUBLED_KEY.problem((*ROOT, name), sentence, "Give it another name."))
        elif job:
            jobs[name] = job
    return tuple(jobs.values()), problems


def _copy(text: str) -> str:
    """Return another object: it comes to lie beside those of the other jobs.

    A process that touches the text of the file itself copies a page of the memory it shares, for each job one.
    """
    return text.encode(errors="surrogatepass").decode(errors="surrogatepass")
