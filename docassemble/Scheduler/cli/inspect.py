# do not pre-load
"""The commands that look: check, jobs, next, history."""

from __future__ import annotations

from pathlib import Path

import click

from ..config import Configuration
from ..core.job import Job
from ..core.problem import Severity
from ..management import serialize
from ..management.check import Checkup, check_functions, next_dues
from ..store.records import FAILURES, RunQuery, RunRecord
from . import sheets
from .context import Premises
from .options import json_option
from .output import FAILED, show

#: how many due times of a job `check` shows
AHEAD = 5


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--strict", is_flag=True, help="Exit 1 for warnings too, and for what cannot be checked here.")
@json_option
@click.pass_obj
def check(premises: Premises, *, file: Path | None, strict: bool, as_json: bool) -> None:
    """Check a configuration: FILE, or docassemble's own. Needs no server and no database.

    Imports the functions that jobs name, and shows when each job is due next.
    """
    configuration = premises.configuration(file)
    found = check_functions(configuration.jobs, premises.functions, premises.load_host)
    problems = [*configuration.problems, *found.problems]
    is_bad = any(strict or each.severity is Severity.ERROR for each in problems)
    is_bad = is_bad or (strict and bool(found.unchecked))
    dues = {job.name: next_dues(job, premises.clock.now(), AHEAD) for job in configuration.jobs}
    document = {
        "ok": not is_bad,
        "problems": [serialize.problem(each) for each in problems],
        "unchecked": [serialize.problem(each) for each in found.unchecked],
        "unchecked_because": found.reason or None,
        "jobs": [
            {**serialize.job(job), "next": [due.local.isoformat() for due in dues[job.name]]}
            for job in configuration.jobs
        ],
    }
    show(document, as_json=as_json, text=lambda: _checked(configuration, found, premises))
    if is_bad:
        raise SystemExit(FAILED)


def _checked(configuration: Configuration, found: Checkup, premises: Premises) -> str:
    lines = []
    for job in configuration.jobs:
        lines += _job(job, premises)
    problems = [*configuration.problems, *found.problems]
    lines += [sheets.problem(each) for each in problems]
    lines += [f"not checked: {each}" for each in found.unchecked]
    if found.unchecked:
        lines.append(found.reason)
    counts = (len(configuration.jobs), len(problems), len(found.unchecked))
    lines.append("Jobs: {}. Problems: {}. Not checked: {}.".format(*counts))
    return sheets.lines(lines)


def _job(job: Job, premises: Premises) -> list[str]:
    schedule = serialize.job(job)["schedule"]
    dues = [sheets.local(due.at, job.time_zone) for due in next_dues(job, premises.clock.now(), AHEAD)]
    state = "" if job.enabled else " (disabled)"
    return [f"{job.name}{state}: {schedule}", *(f"    {due}" for due in dues or ["never due again"]), ""]


@click.command()
@json_option
@click.pass_obj
def jobs(premises: Premises, *, as_json: bool) -> None:
    """Show every job and how it stands."""
    states = premises.manager.jobs()
    document = [serialize.job_state(state) for state in states]
    show(document, as_json=as_json, text=lambda: sheets.jobs(states, premises.clock.now()))


@click.command("next")
@click.option("--count", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
@json_option
@click.pass_obj
def upcoming(premises: Premises, *, count: int, as_json: bool) -> None:
    """Show the next due times of all jobs, the earliest first."""
    dues = premises.manager.upcoming(count=count)
    document = [serialize.due(due) for due in dues]
    show(document, as_json=as_json, text=lambda: sheets.dues(dues, premises.clock.now()))


@click.command()
@click.argument("job", required=False)
@click.option("--failed", is_flag=True, help="Only runs that failed, timed out or were interrupted.")
@click.option("--count", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
@json_option
@click.pass_obj
def history(premises: Premises, *, job: str | None, failed: bool, count: int, as_json: bool) -> None:
    """Show the latest records, newest first: of all jobs, or of JOB."""
    query = RunQuery(job=job, statuses=FAILURES if failed else (), limit=count)
    records = premises.manager.runs(query)
    if job is not None and not records:
        premises.manager.job(job)  # says so when there is none
    document = [serialize.run(record) for record in records]
    zone = premises.manager.settings.time_zone
    show(document, as_json=as_json, text=lambda: sheets.runs(records, zone))


@click.command("show")
@click.argument("run")
@json_option
@click.pass_obj
def show_run(premises: Premises, *, run: str, as_json: bool) -> None:
    """Show one record with its traceback and log; RUN is its identifier, as `history` shows it."""
    record = premises.manager.run(run)
    show(serialize.run(record), as_json=as_json, text=lambda: _whole(record))


def _whole(record: RunRecord) -> str:
    fields = {key: value for key, value in serialize.run(record).items() if value is not None}
    texts = {key: fields.pop(key) for key in ("traceback", "log") if key in fields}
    return sheets.lines(
        [f"{key}: {value}" for key, value in fields.items()]
        + [f"\n{key}:\n{value}" for key, value in texts.items()]
    )
