# do not pre-load
"""The `scheduler:` block as a whole: settings, jobs, and the problems of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..core.job import Job
from ..core.problem import Problem
from ..core.settings import Notify, Settings
from . import times
from .codes import Code
from .facts import SourceFacts
from .jobs import Unusable, Workshop, check_defaults, make_job
from .keys import JOB_KEYS, NOTIFY_KEYS, SETTING_KEYS
from .names import normalised
from .refused import HIDDEN, Refused, kind_of, shown, text_of
from .schedules import TriggerSchedule
from .section import Section, read_section
from .source import with_facts

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
    workshop: Workshop

    def read_added(
        self, name: str, definition: Mapping[str, Any], now: datetime
    ) -> tuple[Job | None, list[Problem]]:
        """Make a job that is added at run time, by the rules for those of the block. Never raises.

        Its texts are taken as they are: `${NAME}` is for the administrator, and what a program adds may
        hold what its users have typed.
        """
        return make_job(name, definition, (*ADDED, name), replace(self.workshop, environ=None, now=now))


def parse(  # noqa: PLR0913 (each is one fact about the world, which the core must not look up itself)
    block: object,
    *,
    zone: str,
    environ: Mapping[str, str],
    now: datetime,
    source: SourceFacts | None = None,
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
    workshop = Workshop(
        environ=environ,
        now=now,
        settings=settings,
        defaults=defaults,
        trigger_schedule=trigger_schedule,
        unusable=unusable,
    )
    problems += check_defaults(workshop)
    jobs, found = _jobs(others, workshop)
    problems += found
    return Configuration(
        settings=settings,
        jobs=jobs,
        problems=tuple(with_facts(problems, source or SourceFacts())),
        workshop=workshop,
    )


def _host_zone(name: str) -> tuple[str, list[Problem]]:
    try:
        return times.zone(name).key, []
    except Refused as error:
        sentence = f"{shown(name)} {error}; UTC is used."
        code, path = error.code.value, ("timezone",)
        return "UTC", [Problem(code=code, path=path, value=name, sentence=sentence, hint=error.hint)]


def _bad_block(block: object) -> Problem:
    return Problem(
        code=Code.BAD_BLOCK.value,
        path=ROOT,
        value=HIDDEN,
        sentence=f"The block is {kind_of(block)} where a mapping is wanted; no job is scheduled.",
        hint="Settings and jobs stand below `scheduler:`, further indented and without dashes.",
    )


def _sorted(block: Mapping[Any, Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Tell settings from all others."""
    chosen = {key: value for key, value in block.items() if normalised(text_of(key)) in SETTING_KEYS}
    return chosen, {key: value for key, value in block.items() if key not in chosen}


def _settings(
    chosen: Mapping[Any, Any], zone: str, environ: Mapping[str, str]
) -> tuple[Settings, Section, list[Problem]]:
    section = read_section(chosen, SETTING_KEYS, ROOT, environ)
    notify = _subsection(section, "notify", environ)
    defaults = _subsection(section, "defaults", environ)
    fields = section.fields()
    fields["time_zone"] = section.value("time zone", ZoneInfo(zone)).key
    fields.setdefault("server_tags", _tags(environ))
    fields |= _heartbeat(environ)
    fields["written"] = section.written()
    fields["notify"] = Notify(**notify.fields())
    fields["defaults"] = {name: given.value for name, given in defaults.given.items() if not given.refusal}
    problems = [*section.remarks, *section.refusals()]
    problems += [*notify.remarks, *notify.unknown, *notify.refusals()]
    return Settings(**fields), defaults, problems


def _subsection(section: Section, name: str, environ: Mapping[str, str]) -> Section:
    given = section.given.get(name)
    if given is None or given.refusal:
        return Section(path=(*section.path, name))
    return read_section(given.value, _SUBSECTIONS[name], given.path, environ)


#: what docassemble's CONTAINERROLE can say; `all` stands for each of them
ROLES = frozenset({"all", "celery", "cron", "log", "mail", "rabbitmq", "redis", "sql", "web"})

_SUBSECTIONS = {"notify": NOTIFY_KEYS, "defaults": JOB_KEYS}


def _tags(environ: Mapping[str, str]) -> frozenset[str]:
    """Return what the environment says about this server."""
    if own := _words(environ.get("DA_SCHEDULER_TAGS", "")):
        return own
    roles = _words(environ.get("CONTAINERROLE", "").replace(":", " "))
    # docassemble takes a server that says nothing for one that does everything
    return roles | ROLES if not roles or "all" in roles else roles


#: seconds, as they are written
_HEARTBEATS = frozenset(map(str, range(1, 61)))


def _heartbeat(environ: Mapping[str, str]) -> Mapping[str, timedelta]:
    """Return the interval of the heartbeat if the environment sets it, which is for tests of failover."""
    seconds = environ.get("DA_SCHEDULER_HEARTBEAT", "")
    return {"heartbeat": timedelta(seconds=int(seconds))} if seconds in _HEARTBEATS else {}


def _words(written: str) -> frozenset[str]:
    return frozenset(written.replace(",", " ").split())


def _jobs(others: Mapping[Any, Any], workshop: Workshop) -> tuple[tuple[Job, ...], list[Problem]]:
    jobs: dict[str, Job] = {}
    problems = []
    for key, block in others.items():
        name = _copy(text_of(key))
        job, found = make_job(name, block, (*ROOT, name), workshop)
        problems += found
        if job and name in jobs:
            problems.append(_namesake(name))
        elif job:
            jobs[name] = job
    return tuple(jobs.values()), problems


def _copy(text: str) -> str:
    """Return another object: it comes to lie beside those of the other jobs.

    A process that touches the text of the file itself copies a page of the memory it shares, for each job one.
    """
    return text.encode(errors="surrogatepass").decode(errors="surrogatepass")


def _namesake(name: str) -> Problem:
    """Report a second job of one name: `5` and `"5"` are two keys of YAML."""
    sentence = "Another job has this name already; this one is not scheduled."
    return Problem(
        code=Code.DOUBLED_KEY.value,
        path=(*ROOT, name),
        value=HIDDEN,
        sentence=sentence,
        hint="Give it another name.",
    )
