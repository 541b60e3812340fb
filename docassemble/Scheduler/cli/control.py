# do not pre-load
"""The commands that tell the servers something: request, pause, resume, stop."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TextIO

import click

from ..management.permissions import code
from .context import CliContext
from .options import argument_options, arguments, json_option
from .output import show

_RUN = re.compile(r"[0-9a-f]{32}")


@click.command()
@click.argument("job")
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
@click.argument("job")
@json_option
@click.pass_obj
def pause(context: CliContext, *, job: str, as_json: bool) -> None:
    """Let the due times of JOB be skipped from now on, on every server. A run that goes on is not stopped."""
    changed = context.manager.pause(job, code(context.by))
    said = f"{job} is paused{'' if changed else ' already'}"
    show({"job": job, "paused": True, "changed": changed}, as_json=as_json, text=lambda: said)


@click.command()
@click.argument("job")
@json_option
@click.pass_obj
def resume(context: CliContext, *, job: str, as_json: bool) -> None:
    """Let JOB be run again from its next due time on."""
    changed = context.manager.resume(job, code(context.by))
    said = f"{job} is resumed" if changed else f"{job} is not paused"
    show({"job": job, "paused": False, "changed": changed}, as_json=as_json, text=lambda: said)


@click.command()
@click.argument("target", metavar="JOB|RUN")
@json_option
@click.pass_obj
def stop(context: CliContext, *, target: str, as_json: bool) -> None:
    """Stop a run by its identifier, or all runs of JOB that go on, wherever they are.

    They are asked, and after two seconds an exception is raised in them. They are not tried again.
    """
    manager = context.manager
    running = [target] if _RUN.fullmatch(target) else _running(context, target)
    stopped = [run for run in running if manager.stop(run, code(context.by))]
    said = "\n".join(f"{run} is asked to stop" for run in stopped) or "There is nothing to stop."
    show({"stopped": stopped}, as_json=as_json, text=lambda: said)


def _running(context: CliContext, job: str) -> list[str]:
    record = context.manager.job(job).record
    return [] if record is None else [bar.id for bar in record.running]
