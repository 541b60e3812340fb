# do not pre-load
"""The `scheduler:` block as a whole: settings, jobs, and the problems of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..core.alerts import AlertPolicy
from ..core.job import Job
from ..core.problem import Path, Problem
from ..core.settings import Settings
from .codes import Code, InvalidValue
from .environment import EnvFile, Environment, heartbeat, server_tags
from .job_tables import ROWS, ParsedTable, no_function, read_tables
from .jobs import JobFactory, Unusable, check_defaults, keys_of, make_job, with_defaults
from .keys import JOB_KEYS, NOTIFY_KEYS, SETTING_KEYS, Key
from .overrides import Override, override
from .schedules import TriggerSchedule
from .section import Section, read_section
from .values import times
from .values.hints import did_you_mean, kind_of, normalised, shown, text_of
from .yaml_pitfalls import SourceFindings, with_findings

ROOT = ("scheduler",)
#: begins the path of problems of jobs that are added at run time
ADDED = ("added jobs",)
#: the key of an added job with the name of a job on demand
JOB = "job"

Locate = Callable[[Sequence[Problem]], tuple[Problem, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What the block says: everything that can be used, and everything that is wrong."""

    settings: Settings
    jobs: tuple[Job, ...] = ()
    problems: tuple[Problem, ...] = ()
    #: what variables have set in place of the file
    overrides: tuple[Override, ...] = ()
    #: for jobs that are added at run time
    factory: JobFactory
    #: the keys of the jobs on demand, those of `defaults` included, by name
    on_demand: Mapping[str, Section] = field(default_factory=dict)
    #: for the jobs of each table of `jobs from`, by its name
    row_factories: Mapping[str, JobFactory] = field(default_factory=dict)
    #: adds to problems the lines of the file where they stand; takes as long as reading the file
    locate: Locate = tuple

    def read_added(
        self, name: str, definition: Mapping[str, Any], now: datetime
    ) -> tuple[Job | None, list[Problem]]:
        """Make a job that is added at run time, by the rules for those of the block. Never raises.

        Its texts are taken as they are: `${NAME}` is for the administrator, and what a program adds may
        hold what its users have typed. With `job` it has the keys of that job on demand.
        """
        path, factory = (*ADDED, name), replace(self.factory, environment=None, now=now)
        given = {normalised(text_of(key)): value for key, value in definition.items()}
        if JOB not in given:
            return make_job(name, definition, path, factory)
        model = self.on_demand.get(given[JOB]) if isinstance(given[JOB], str) else None
        if model is None or "function" in given:
            return None, [_not_on_demand(given, path, self.on_demand)]
        if given.get("args") or given.get("kwargs"):
            # in the place of all of the job's own, as with `run_now`
            others = {key: each for key, each in model.given.items() if key not in {"args", "kwargs"}}
            model = replace(model, given=others)
        own = {key: value for key, value in definition.items() if normalised(text_of(key)) != JOB}
        return make_job(name, own, path, replace(factory, defaults=model))

    def read_row(
        self, table: str, name: str, definition: Mapping[str, Any], now: datetime
    ) -> tuple[Job | None, list[Problem]]:
        """Make a job of a row's own keys; it has those of the table's block too. Never raises.

        Its texts are taken as they are. Of a table that is none of `jobs from`, no job is made.
        """
        factory = self.row_factories.get(table)
        if factory is None:
            return None, []
        if "function" not in definition and "function" not in factory.defaults.given:
            return None, [no_function(table, name)]
        return make_job(name, definition, (*ROWS, table, name), replace(factory, now=now))


def parse(  # noqa: PLR0913 (each is one fact about the world, which the core must not look up itself)
    block: object,
    *,
    zone: str,
    environ: Mapping[str, str],
    now: datetime,
    env_file: EnvFile | None = None,
    source: SourceFindings | None = None,
    trigger_schedule: TriggerSchedule | None = None,
    unusable: Unusable | None = None,
) -> Configuration:
    """Read the `scheduler:` block of docassemble's configuration, as YAML has loaded it.

    Never raises. `zone` is docassemble's `timezone`, for every schedule without one of its own; `environ` are the
    variables of the process, which override values, are put in for `${NAME}`, and give the server its tags;
    `env_file` has more of them, which count less; `now` (aware) tells what is past; `source` is what the file
    itself shows; without `trigger_schedule` there is no `type: apscheduler`; `unusable` knows which jobs this
    docassemble cannot run.
    """
    host_zone, problems = _host_zone(zone)
    if not isinstance(block, Mapping):
        problems += [] if block is None else [_bad_block(block)]
        block = {}
    environment = Environment(process=environ, file=env_file or EnvFile())
    overridden = override(*_sorted(block), environment, ROOT)
    settings, defaults, tables, found = _settings(overridden.settings, host_zone, environment)
    problems += [*environment.file.problems, *overridden.problems, *found]
    factory = JobFactory(
        environment=environment,
        now=now,
        settings=settings,
        defaults=defaults,
        trigger_schedule=trigger_schedule,
        unusable=unusable,
    )
    problems += check_defaults(factory)
    jobs, on_demand, found = _jobs(overridden.jobs, factory)
    problems = with_findings([*problems, *found], overridden.left(source or SourceFindings()))
    return Configuration(
        settings=settings,
        jobs=jobs,
        problems=tuple(problems),
        overrides=overridden.applied,
        factory=factory,
        on_demand=on_demand,
        row_factories={each.table.name: _row_factory(each, factory) for each in tables},
    )


def _row_factory(table: ParsedTable, factory: JobFactory) -> JobFactory:
    return replace(factory, environment=None, defaults=with_defaults(table.keys, factory.defaults))


def _not_on_demand(given: Mapping[str, Any], path: Path, names: Iterable[str]) -> Problem:
    if "function" in given:
        sentence = "The function is that of the job on demand that `job` names."
        return Code.NOT_ON_DEMAND.problem((*path, "function"), sentence, "Keep one of `job` and `function`.")
    sentence = f"{shown(given[JOB])} is not the name of a job on demand."
    guess = did_you_mean(given[JOB], names) if isinstance(given[JOB], str) else ""
    hint = (
        guess or "Name a job of the configuration that has `type: manual`; or a function, by its dotted name."
    )
    return Code.NOT_ON_DEMAND.problem((*path, JOB), sentence, hint)


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
    chosen: Mapping[Any, Any], zone: ZoneInfo, environment: Environment
) -> tuple[Settings, Section, list[ParsedTable], list[Problem]]:
    section = read_section(chosen, SETTING_KEYS, ROOT, environment)
    notify = _subsection(section, "notify", NOTIFY_KEYS, environment)
    defaults = _subsection(section, "defaults", JOB_KEYS, environment)
    tables, of_tables = read_tables(section.given.get("jobs from"), environment, defaults)
    fields = {
        "server_tags": server_tags(environment),
        **heartbeat(environment),
        **section.fields(),
        "time_zone": section.value("time zone", zone).key,
        "written": section.written(),
        "notify": AlertPolicy(**notify.fields(), hidden=bool(notify.written().keys() & {"email", "to"})),
        "defaults": {name: given.value for name, given in defaults.given.items() if not given.error},
        "jobs_from": tuple(each.table for each in tables),
    }
    problems = [*section.warnings, *section.errors(), *notify.warnings, *notify.unknown, *notify.errors()]
    settings = Settings(**fields)
    return settings, defaults, tables, [*problems, *of_tables, *_unseen_statements(section, settings)]


def _unseen_statements(section: Section, settings: Settings) -> list[Problem]:
    if not settings.log_sql or settings.log_level in {"DEBUG", "NOTSET"}:
        return []
    sentence = f"Statements have the level debug; `log level: {settings.log_level.lower()}` leaves them out."
    return [
        Code.NO_EFFECT.warning(section.given["log sql"].path, sentence, "Write `log level: debug` as well.")
    ]


def _subsection(section: Section, name: str, table: Mapping[str, Key], environment: Environment) -> Section:
    block = section.value(name)
    if block is None:
        return Section(path=(*section.path, name))
    return read_section(block, table, section.given[name].path, environment)


def _jobs(
    others: Mapping[Any, Any], factory: JobFactory
) -> tuple[tuple[Job, ...], dict[str, Section], list[Problem]]:
    """Return the jobs, the keys of those on demand, and the problems."""
    jobs: dict[str, Job] = {}
    on_demand: dict[str, Section] = {}
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
            if job.is_on_demand:
                on_demand[name] = keys_of(job, block, factory)
    return tuple(jobs.values()), on_demand, problems


def _copy(text: str) -> str:
    """Return another object: it comes to lie beside those of the other jobs.

    A process that touches the text of the file itself copies a page of the memory it shares, for each job one.
    """
    return text.encode(errors="surrogatepass").decode(errors="surrogatepass")
