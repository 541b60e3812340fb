# do not pre-load
"""The commands that list: jobs, due times, runs, problems, servers, events."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import click

from ..config.keys import SETTING_KEYS, find
from ..core.problem import Severity
from ..core.run import Status, Trigger
from ..management import serialize
from ..management.check import check_functions
from ..management.manager import SchedulerManager
from ..management.status import JobState, JobStatus
from ..store.records import FAILURES, RunQuery, RunRecord
from .completion import jobs_of
from .context import CliContext
from .options import ago, count_option, json_option, zone_options
from .text.output import FAILED, problem_line, show
from .text.tables import Clock, action_table, due_table, event_table, job_table, run_table, server_table

_STATUSES = [status.value for status in Status]
#: the state of a job that cannot run
PROBLEM = "problem"
_STATES = list(dict.fromkeys([*(status.value for status in JobStatus), PROBLEM]))


@click.command()
@click.option("--state", "states", multiple=True, type=click.Choice(_STATES), help="Only these; repeatable.")
@zone_options
@json_option
@click.pass_obj
def jobs(context: CliContext, *, states: Collection[str], zone: str | None, as_json: bool) -> None:
    """Show every job and its state, also those that the configuration has an error in."""
    manager = context.manager
    known = manager.jobs()
    shown = [each for each in known if not states or each.status.value in states]
    unread = unread_names(manager, known) if not states or PROBLEM in states else []
    document = [*map(serialize.JOB_STATE.dump, shown), *map(_unread, unread)]
    show(document, as_json=as_json, text=lambda: job_table(shown, unread, Clock.of(context, zone)))


def unread_names(manager: SchedulerManager, known: Iterable[JobState]) -> list[str]:
    """Return the names of the jobs that the configuration has such an error in that they are none."""
    names = {state.name for state in known}
    wrong = [each.place[1] for each in manager.problems if each.severity is Severity.ERROR and each.place[1:]]
    return [name for name in dict.fromkeys(wrong) if name not in names and find(SETTING_KEYS, name) is None]


def _unread(name: str) -> dict[str, Any]:
    """Return a job that cannot be read, with the same keys as the others."""
    keys = serialize.SCHEMAS["JobState"]["required"]
    empty = {"servers": [], "running": [], "recent": [], "failures": 0, "paused": False, "enabled": True}
    return {**dict.fromkeys(keys), **empty, "name": name, "state": PROBLEM}


@click.command("next")
@click.argument("job", required=False, shell_complete=jobs_of)
@count_option
@zone_options
@json_option
@click.pass_obj
def upcoming(context: CliContext, *, job: str | None, count: int, zone: str | None, as_json: bool) -> None:
    """Show the next due times of all jobs, or of JOB, the earliest first."""
    dues = context.manager.upcoming(count=count, job=job)
    document = [serialize.DUE.dump(due) for due in dues]
    show(document, as_json=as_json, text=lambda: due_table(dues, Clock.of(context, zone)))


@click.command()
@click.option("--job", shell_complete=jobs_of, help="Only of this job.")
@click.option(
    "--status", "statuses", multiple=True, type=click.Choice(_STATUSES), help="Only these; repeatable."
)
@click.option("--failed", is_flag=True, help="Only runs that failed, timed out or were interrupted.")
@click.option("--trigger", type=click.Choice([each.value for each in Trigger]), help="Only with this cause.")
@click.option("--server", help="Only on this server.")
@click.option("--since", metavar="TIME", help='From then on: a time, or how long ago: "2 hours".')
@click.option("--until", metavar="TIME", help="Before then: the same.")
@click.option("--search", metavar="TEXT", help="Only with this text in the error, the reason or the log.")
@count_option
@zone_options
@json_option
@click.pass_obj
def runs(  # noqa: PLR0913 - its options
    context: CliContext,
    *,
    job: str | None,
    statuses: Sequence[str],
    failed: bool,
    trigger: str | None,
    server: str | None,
    since: str | None,
    until: str | None,
    search: str | None,
    count: int,
    zone: str | None,
    as_json: bool,
) -> None:
    """Show records of runs, newest first: of all jobs, also of those that are over.

    Times without a zone are in docassemble's, or in that of --timezone.
    """
    clock = Clock.of(context, zone)
    query = RunQuery(
        job=job,
        statuses=[*map(Status, statuses), *(FAILURES if failed else ())],
        trigger=None if trigger is None else Trigger(trigger),
        server=server,
        since=None if since is None else ago(since, "--since", clock.zone, clock.now),
        until=None if until is None else ago(until, "--until", clock.zone, clock.now),
        text=search,
        limit=count,
    )
    _show_runs(context, query, clock, as_json=as_json)


@click.command()
@click.argument("job", required=False, shell_complete=jobs_of)
@click.option("--failed", is_flag=True, help="Only runs that failed, timed out or were interrupted.")
@count_option
@zone_options
@json_option
@click.pass_obj
def history(  # noqa: PLR0913 - its options
    context: CliContext, *, job: str | None, failed: bool, count: int, zone: str | None, as_json: bool
) -> None:
    """Show the latest records, newest first: of all jobs, or of JOB. `runs` can do more."""
    query = RunQuery(job=job, statuses=FAILURES if failed else (), limit=count)
    _show_runs(context, query, Clock.of(context, zone), as_json=as_json)


def _show_runs(context: CliContext, query: RunQuery, clock: Clock, *, as_json: bool) -> None:
    records: Sequence[RunRecord] = context.manager.runs(query)
    if query.job is not None and not records and not context.manager.runs(RunQuery(job=query.job, limit=1)):
        context.manager.job(query.job)  # says so when there is none
    document = [serialize.RUN.dump(record) for record in records]
    show(document, as_json=as_json, text=lambda: run_table(records, clock))


@click.command()
@json_option
@click.pass_obj
def problems(context: CliContext, *, as_json: bool) -> None:
    """Show what is wrong in the configuration and with added jobs. Exits 1 when a job cannot run because of it.

    Imports the functions that jobs name.
    """
    manager = context.manager
    known = [state.job for state in manager.jobs(recent=0)]
    found = check_functions(known, manager.settings, context.functions, context.load_host)
    everything = list(dict.fromkeys([*manager.problems, *found.problems]))
    lines = [problem_line(each, context.file_name(None)) for each in everything]
    document = [serialize.PROBLEM.dump(each) for each in everything]
    show(document, as_json=as_json, text=lambda: "\n".join(lines) or "There is no problem.")
    if any(each.severity is Severity.ERROR for each in everything):
        raise SystemExit(FAILED)


@click.command()
@zone_options
@json_option
@click.pass_obj
def servers(context: CliContext, *, zone: str | None, as_json: bool) -> None:
    """Show the servers that have run jobs lately, and what their threads do."""
    found = context.manager.servers()
    document = [serialize.SERVER.dump(each) for each in found]
    show(document, as_json=as_json, text=lambda: server_table(found, Clock.of(context, zone)))


@click.command("actions")
@click.option("--interview", metavar="FILE", help="Only in sessions of this interview.")
@count_option
@zone_options
@json_option
@click.pass_obj
def session_actions(
    context: CliContext, *, interview: str | None, count: int, zone: str | None, as_json: bool
) -> None:
    """Show the actions that wait in sessions of interviews, the first that is due first."""
    found = context.manager.session_actions(interview, limit=count)
    document = [serialize.SESSION_ACTION.dump(each) for each in found]
    show(document, as_json=as_json, text=lambda: action_table(found, Clock.of(context, zone)))


@click.command()
@click.argument("job", required=False, shell_complete=jobs_of)
@count_option
@zone_options
@json_option
@click.pass_obj
def events(context: CliContext, *, job: str | None, count: int, zone: str | None, as_json: bool) -> None:
    """Show who did what, newest first: of all jobs, or of JOB."""
    found = context.manager.events(job)[:count]
    document = [serialize.EVENT.dump(each) for each in found]
    show(document, as_json=as_json, text=lambda: event_table(found, Clock.of(context, zone)))
