# do not pre-load
"""The commands that look: check, explain, jobs, next, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import click

from ..config import Configuration
from ..core.job import Job
from ..core.problem import Severity
from ..core.run import Due
from ..management import serialize
from ..management.check import CheckResult, check_functions
from ..management.drafts.explain import Explanation
from ..management.drafts.explain import explain as explained
from ..management.permissions import code
from ..management.status import schedule_in_words
from ..worker.job_tables import ReadRows, read_all
from .completion import jobs_of, runs_of
from .context import CliContext
from .options import json_option, zone_options
from .text.identifiers import find_run, last_run
from .text.output import FAILED, local, problem_line, show
from .text.run_text import asked_where, whole

#: how many due times of a job `check` shows
DUE_TIMES = 5


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--strict", is_flag=True, help="Exit 1 for warnings too, and for what cannot be checked here.")
@json_option
@click.pass_obj
def check(context: CliContext, *, file: Path | None, strict: bool, as_json: bool) -> None:
    """Check a configuration: FILE, or docassemble's own. Needs no server, and no database but those of `jobs from`.

    Imports the functions that jobs name, and shows when each job is due next.
    """
    configuration, now = context.configuration(file), context.clock.now()
    if configuration.settings.jobs_from:
        configuration = _with_rows(configuration, context.read_rows(file), now)
    found = check_functions(configuration.jobs, configuration.settings, context.functions, context.load_host)
    problems = configuration.locate([*configuration.problems, *found.problems])
    unchecked = configuration.locate(found.unchecked)
    is_bad = any(strict or each.severity is Severity.ERROR for each in problems)
    is_bad = is_bad or (strict and bool(unchecked))
    dues = {job.name: list(islice(job.due_times(now), DUE_TIMES)) for job in configuration.jobs}
    document = {
        "ok": not is_bad,
        "problems": [serialize.PROBLEM.dump(each) for each in problems],
        "overrides": [serialize.OVERRIDE.dump(each) for each in configuration.overrides],
        "unchecked": [serialize.PROBLEM.dump(each) for each in unchecked],
        "unchecked_because": found.reason or None,
        "jobs": [
            {**serialize.JOB.dump(job), "next": [Due(job, at).local.isoformat() for at in dues[job.name]]}
            for job in configuration.jobs
        ],
    }
    found = replace(found, problems=problems, unchecked=unchecked)
    show(
        document, as_json=as_json, text=lambda: _checked(configuration, found, dues, context.file_name(file))
    )
    if is_bad:
        raise SystemExit(FAILED)


def _with_rows(configuration: Configuration, read: ReadRows, now: datetime) -> Configuration:
    """Return the configuration with the jobs of its tables, and with what is wrong there."""
    jobs, wrong = read_all(configuration, read, now)
    problems = (*configuration.problems, *wrong)
    return replace(configuration, jobs=(*configuration.jobs, *jobs), problems=problems)


def _checked(
    configuration: Configuration, found: CheckResult, dues: Mapping[str, Sequence[datetime]], file: str
) -> str:
    """Return what was found; its problems are all there are."""
    lines = []
    for job in configuration.jobs:
        lines += _job(job, dues[job.name])
    lines += map(str, configuration.overrides)
    lines += [problem_line(each, file) for each in found.problems]
    lines += [f"not checked: {each}" for each in found.unchecked]
    if found.unchecked:
        lines.append(found.reason)
    counts = (len(configuration.jobs), len(found.problems), len(found.unchecked))
    lines.append("Jobs: {}. Problems: {}. Not checked: {}.".format(*counts))
    return "\n".join(lines)


def _job(job: Job, dues: Sequence[datetime]) -> list[str]:
    state = "" if job.enabled else " (disabled)"
    times = [local(due, job.time_zone) for due in dues]
    if not times and job.has_timetable:
        times = ["never due again"]
    return [f"{job.name}{state}: {schedule_in_words(job)}", *(f"    {each}" for each in times), ""]


@click.command()
@click.argument("crontab")
@click.option(
    "--timezone",
    "zone",
    metavar="ZONE",
    help="Its zone, such as Europe/Berlin. [default: docassemble's, or UTC]",
)
@click.option(
    "--count", type=click.IntRange(1, 1_000), default=DUE_TIMES, show_default=True, help="How many due times."
)
@json_option
@click.pass_obj
def explain(context: CliContext, *, crontab: str, zone: str | None, count: int, as_json: bool) -> None:
    """Say when CRONTAB is due: in words, and the next times. Quote it: "*/5 * * * *". Needs no docassemble."""
    found = explained(crontab, zone or context.default_zone, context.clock.now(), count)
    show(serialize.EXPLANATION.dump(found), as_json=as_json, text=lambda: _explained(found))


def _explained(found: Explanation) -> str:
    times = [f"    {local(due, found.time_zone)}" for due in found.due] or ["    never due again"]
    warnings = [
        f"warning: {each.sentence}" + (f" Hint: {each.hint}" if each.hint else "") for each in found.warnings
    ]
    return "\n".join([found.words, *times, *warnings])


@click.command("show")
@click.argument("run", required=False, shell_complete=runs_of)
@click.option("--last", "job", metavar="JOB", shell_complete=jobs_of, help="The latest record of JOB.")
@click.option("--stack", is_flag=True, help="Ask a run that goes on where in its code it is.")
@zone_options
@json_option
@click.pass_obj
def show_run(  # noqa: PLR0913 - its options
    context: CliContext, *, run: str | None, job: str | None, stack: bool, zone: str | None, as_json: bool
) -> None:
    """Show one record with its traceback and log. RUN is its identifier, as `runs` shows it, or its first digits."""
    if (run is None) == (job is None):
        raise click.UsageError("Give either RUN or --last JOB.")
    manager = context.manager
    record = manager.run(find_run(manager, run) if run is not None else last_run(manager, str(job)))
    if stack:
        record = asked_where(manager, record, code(context.by), context.clock)
    document = serialize.RUN.dump(record) | ({"stack": record.stack} if stack else {})
    usual, zone = manager.usual_duration(record.job), zone or manager.settings.time_zone
    show(document, as_json=as_json, text=lambda: whole(record, str(zone), usual))
