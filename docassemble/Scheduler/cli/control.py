# do not pre-load
"""The commands that tell the servers something: request, pause, resume, stop, retry, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

import click

from ..core.errors import UnknownJob
from ..management.permissions import code
from .completion import jobs_of, runs_of
from .context import CliContext
from .options import argument_options, arguments, json_option
from .text.identifiers import could_be_run, find_run
from .text.output import show

_all_option = click.option("--all", "all_", is_flag=True, help="All jobs, also those that are added later.")


@click.command()
@click.argument("job", shell_complete=jobs_of)
@argument_options
@json_option
@click.pass_obj
def request(  # noqa: PLR0913 - its options
    context: CliContext,
    *,
    job: str,
    args: Sequence[str],
    kwargs: Sequence[str],
    args_file: TextIO | None,
    as_json: bool,
) -> None:
    """Have a server run JOB now, or a Celery worker, with its retries. Does not wait for the run.

    Arguments replace those of the configuration; give secrets with --args-file.
    """
    given = arguments(args, kwargs, args_file) or (None, None)
    request_id = context.manager.run_now(job, code(context.by), *given)
    said = f"A run of {job} is requested"
    show({"job": job, "request": request_id}, as_json=as_json, text=lambda: said)


@click.command()
@click.argument("job", required=False, shell_complete=jobs_of)
@_all_option
@click.option("--note", metavar="TEXT", help="Why, for those who wonder.")
@json_option
@click.pass_obj
def pause(context: CliContext, *, job: str | None, all_: bool, note: str | None, as_json: bool) -> None:
    """Let the due times of JOB be skipped from now on, on every server; with --all, those of all jobs.

    A run that goes on is not stopped. While all is paused, jobs that are added are paused too.
    """
    if (name := _one(job, all_=all_)) is None:
        _switch_all(context.manager.pause_all(code(context.by), note), paused=True, as_json=as_json)
        return
    changed = context.manager.pause(name, code(context.by), note)
    said = f"{name} is paused{'' if changed else ' already'}"
    show({"job": name, "paused": True, "changed": changed}, as_json=as_json, text=lambda: said)


@click.command()
@click.argument("job", required=False, shell_complete=jobs_of)
@_all_option
@json_option
@click.pass_obj
def resume(context: CliContext, *, job: str | None, all_: bool, as_json: bool) -> None:
    """Let JOB be run again from its next due time on; with --all, all jobs that `pause --all` has paused."""
    if (name := _one(job, all_=all_)) is None:
        _switch_all(context.manager.resume_all(code(context.by)), paused=False, as_json=as_json)
        return
    changed = context.manager.resume(name, code(context.by))
    said = f"{name} is resumed" if changed else f"{name} is not paused"
    show({"job": name, "paused": False, "changed": changed}, as_json=as_json, text=lambda: said)


def _one(job: str | None, *, all_: bool) -> str | None:
    """Return the job that is meant; None = all of them."""
    if (job is None) != all_:
        raise click.UsageError("Give either JOB or --all.")
    return job


def _switch_all(changed: bool, *, paused: bool, as_json: bool) -> None:  # noqa: FBT001 - what was answered
    if paused:
        said = f"Everything is paused{'' if changed else ' already'}"
    else:
        said = "Everything is resumed" if changed else "Nothing is paused with --all"
    show({"job": None, "paused": paused, "changed": changed}, as_json=as_json, text=lambda: said)


@click.command()
@click.argument("target", metavar="JOB|RUN", shell_complete=jobs_of)
@json_option
@click.pass_obj
def stop(context: CliContext, *, target: str, as_json: bool) -> None:
    """Stop a run by its identifier, or all runs of JOB that go on, wherever they are.

    They are asked, and after two seconds an exception is raised in them. They are not tried again.
    """
    manager = context.manager
    running = _running(context, target)
    stopped = [run for run in running if manager.stop(run, code(context.by))]
    said = "\n".join(f"{run} is asked to stop" for run in stopped) or "There is nothing to stop."
    show({"stopped": stopped}, as_json=as_json, text=lambda: said)


def _running(context: CliContext, target: str) -> list[str]:
    """Return the runs of a job that go on, or the run whose identifier begins so."""
    try:
        record = context.manager.job(target).record
    except UnknownJob:
        if could_be_run(target):
            return [find_run(context.manager, target)]
        raise
    return [] if record is None else [bar.id for bar in record.running]


@click.command()
@click.argument("run", shell_complete=runs_of)
@json_option
@click.pass_obj
def retry(context: CliContext, *, run: str, as_json: bool) -> None:
    """Let a run be tried again that failed, was stopped or interrupted. RUN is its identifier, or its first digits.

    A server does it within ten seconds. Does not wait for the run.
    """
    whole = find_run(context.manager, run)
    context.manager.retry(whole, code(context.by))
    said = f"{whole} is tried again"
    show({"run": whole, "retried": True}, as_json=as_json, text=lambda: said)


@click.command()
@click.argument("name", shell_complete=jobs_of)
@json_option
@click.pass_obj
def cancel(context: CliContext, *, name: str, as_json: bool) -> None:
    """Remove the added job NAME. A run that goes on is not stopped."""
    if not context.manager.cancel(name, code(context.by)):
        raise UnknownJob(name, [state.name for state in context.manager.jobs(recent=0) if state.added])
    show({"job": name, "cancelled": True}, as_json=as_json, text=lambda: f"{name} is cancelled")
