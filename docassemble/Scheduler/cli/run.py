# do not pre-load
"""The commands that run jobs here: run, backfill. Ctrl-C stops the job, and its record says so."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from datetime import datetime
from types import FrameType
from typing import Any, TextIO

import click

from ..core.durations import short
from ..core.errors import JobStopped, NotPossible, StoreUnavailable
from ..core.job import Job
from ..core.run import Outcome, Run, Status, StopReason
from ..core.texts.error_text import summary
from ..execution.arguments import check_not_fixed, pack
from ..execution.context import current_run
from ..execution.results import result_value
from ..management import serialize
from ..management.backfill import missed
from ..worker.inline import Busy, InlineRequest, InlineRunner
from .completion import jobs_of
from .context import CliContext
from .options import argument_options, arguments, instant, json_option
from .text.output import BUSY, FAILED, give_up, local, say, show

#: more runs than that have to be confirmed
MAX_UNCONFIRMED = 20

_anyway = click.option("--anyway", is_flag=True, help="Run it also while it is going on elsewhere.")


@click.command()
@click.argument("job", shell_complete=jobs_of)
@argument_options
@_anyway
@json_option
@click.pass_obj
def run(  # noqa: PLR0913 - its options
    context: CliContext,
    *,
    job: str,
    args: Sequence[str],
    kwargs: Sequence[str],
    args_file: TextIO | None,
    anyway: bool,
    as_json: bool,
) -> None:
    """Run JOB here and now, in this process, whenever it is due. Exits 0 when it succeeds.

    Arguments replace those of the configuration. What stands on a command line can be seen by every user of
    the machine: give secrets with --args-file.
    """
    given = arguments(args, kwargs, args_file)
    packed = None if given is None else pack(*given)
    found, recorded = _find(context, job)
    if not found.enabled:
        raise NotPossible.disabled(found.name)
    if packed is not None:
        check_not_fixed(found)
    if recorded and not anyway:
        _check_free(context, found)
    with _own_output(as_json=as_json), context.inline(recorded=recorded) as runner, stopped_by_keyboard():
        done, outcome = _run(runner, InlineRequest(job=found, arguments=packed, anyway=anyway))
    document = _document(done, outcome, recorded=recorded)
    show(document, as_json=as_json, text=lambda: _sentence(outcome))
    if outcome.status is not Status.SUCCEEDED:
        raise SystemExit(FAILED)


@click.command()
@click.argument("job", shell_complete=jobs_of)
@click.option("--from", "since", required=True, metavar="TIME", help="The first due time that counts.")
@click.option("--to", "until", metavar="TIME", help="The last due time that counts; now unless given.")
@click.option("--dry-run", is_flag=True, help="Show the due times, and run nothing.")
@click.option("--yes", is_flag=True, help=f"Do not ask before more than {MAX_UNCONFIRMED} runs.")
@_anyway
@json_option
@click.pass_obj
def backfill(  # noqa: PLR0913 - its options
    context: CliContext,
    *,
    job: str,
    since: str,
    until: str | None,
    dry_run: bool,
    yes: bool,
    anyway: bool,
    as_json: bool,
) -> None:
    """Run the due times of JOB that passed without a success, one after the other, here.

    Each run sees its own due time. Times without a zone are in that of the job.
    """
    found, now = context.manager.job(job).job, context.clock.now()
    first = instant(since, "--from", found.time_zone)
    last = now if until is None else min(now, instant(until, "--to", found.time_zone))
    dues = missed(found, context.manager.history, first, last)
    if dry_run or not dues:
        _show_dues(found, dues, as_json=as_json)
        return
    if not found.enabled:
        raise NotPossible.disabled(found.name)
    if len(dues) > MAX_UNCONFIRMED and not yes:
        click.confirm(f"Run {job} {len(dues)} times?", abort=True, err=True)
    with _own_output(as_json=as_json), context.inline(recorded=True) as runner, stopped_by_keyboard():
        requests = [InlineRequest(job=found, due=due, anyway=anyway) for due in dues]
        ended = list(_run_all(runner, requests))
    _show_backfilled(found, ended, len(dues), as_json=as_json)


def _find(context: CliContext, name: str) -> tuple[Job, bool]:
    """Return a job, and whether its run can be recorded; without the database there are only configured jobs."""
    try:
        return context.manager.job(name).job, True
    except StoreUnavailable as error:
        say(f"The run will not be recorded, the database is away: {error}")
        return context.configured_job(name), False


def _check_free(context: CliContext, job: Job) -> None:
    """Give up before docassemble is loaded, which takes seconds; the claim looks again."""
    record = context.manager.job(job.name).record
    if record is not None and record.running and job.is_exclusive:
        give_up(Busy(job.name), BUSY)


@contextmanager
def _own_output(*, as_json: bool) -> Iterator[None]:
    """Keep standard output for the one JSON document, whatever jobs print."""
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        yield


def _run(runner: InlineRunner, request: InlineRequest) -> tuple[Run, Outcome]:
    try:
        return runner.run(request)
    except Busy as busy:
        give_up(busy, BUSY)


def _run_all(runner: InlineRunner, requests: Sequence[InlineRequest]) -> Iterator[tuple[Run, Outcome]]:
    """Run one after the other; who stops one wants no more of them."""
    for request in requests:
        ended = _run(runner, request)
        yield ended
        if ended[1].status in {Status.INTERRUPTED, Status.STOPPED}:
            return


def _show_dues(job: Job, dues: Sequence[datetime], *, as_json: bool) -> None:
    def text() -> str:
        lines = [local(due, job.time_zone) for due in dues]
        return "\n".join([*lines, f"{len(dues)} due times without a success"])

    document = {"job": job.name, "missed": [serialize.instant(due) for due in dues], "runs": []}
    show(document, as_json=as_json, text=text)


def _show_backfilled(job: Job, ended: Sequence[tuple[Run, Outcome]], wanted: int, *, as_json: bool) -> None:
    good = sum(outcome.status is Status.SUCCEEDED for _, outcome in ended)
    document = {
        "job": job.name,
        "missed": [serialize.instant(run.due.at) for run, _ in ended],
        "runs": [_document(run, outcome, recorded=True) for run, outcome in ended],
    }
    show(
        document, as_json=as_json, text=lambda: f"{wanted} due times: {len(ended)} were run, {good} succeeded"
    )
    if good < wanted:
        raise SystemExit(FAILED)


def _document(run: Run, outcome: Outcome, *, recorded: bool) -> dict[str, Any]:
    return {
        "id": run.id if recorded else None,
        "job": run.job.name,
        "due": serialize.instant(run.due.at),
        "status": outcome.status.value,
        "started": serialize.instant(outcome.started),
        "finished": serialize.instant(outcome.finished),
        "duration": outcome.duration.total_seconds(),
        "result": result_value(outcome.result),
        "error": None if outcome.error is None else summary(outcome.error),
        "reason": outcome.reason,
    }


def _sentence(outcome: Outcome) -> str:
    returned = "" if outcome.result is None else f", returned {outcome.result}"
    return f"{outcome.status.value} after {short(outcome.duration)}{returned}"


@contextmanager
def stopped_by_keyboard() -> Iterator[None]:
    """Let Ctrl-C, and a polite `kill`, stop the job that runs in this thread, which has to be the main one."""
    before = {number: signal.signal(number, _stop_run) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop_run(_number: int, _frame: FrameType | None) -> None:
    current = current_run()
    if current is None:
        raise KeyboardInterrupt
    if current.stop.acknowledged:
        return  # it is at its end: nothing of that may be cut off
    current.stop.request(StopReason.BY_HAND)
    current.stop.acknowledge()
    raise JobStopped(StopReason.BY_HAND.value)
