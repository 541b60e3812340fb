# do not pre-load
"""What programs call: the functions of `docassemble.Scheduler`, for interviews, Playground modules and packages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ..core.clock import SystemClock
from ..execution.functions import Functions
from ..host.shell import present_docassemble
from ..management.client import SchedulerClient
from ..management.drafts.job_options import Duration, Function, JobOptions, Moment
from ..management.status import JobState
from ..store.records import RunRecord
from .current import current_manager

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: who it was when docassemble has no user: outside of interviews
NOBODY = "Python"


def client() -> SchedulerClient:
    """Return what schedules in the name of whoever calls it."""
    host = present_docassemble()
    return SchedulerClient(
        current_manager(),
        functions=Functions(),
        time_zone=ZoneInfo(host.time_zone),
        by=host.present_user or NOBODY,
        clock=SystemClock(),
    )


def schedule_at(
    when: Moment,
    func: Function,
    *,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    id: str | None = None,  # noqa: A002 - that is what it is
    **options: Unpack[JobOptions],
) -> str:
    """Call a function, or run a job on demand, once at a time.

    Parameters:
        when: A datetime, a date (its midnight), or a text such as "2027-03-28 14:30". Without a zone it is local in
            docassemble's, or in that of the option `time_zone`. Less than 5 minutes ago is run now.
        func: A function that stands in a module, its dotted name, or the name of a job on demand.
        args, kwargs: What it is called with: whatever JSON can hold.
        id: The name of the job. One with the same id is replaced. Without it, a new one is made up.
        options: Keys of a job in the configuration, with underscores: `retries=3`, `max_runtime="5 minutes"`.

    Returns the id of the job, for `cancel`, `pause` and `history`.

    Raises:
        DefinitionError: The time has passed, an option is wrong, or there is no such job on demand.
        FunctionError: The function cannot be imported, or is none that another process could call.
        ArgumentError: An argument is not JSON.
        HostError: docassemble's configuration cannot be read, or has no `scheduler:` block.
        StoreUnavailable: The database does not answer.

    Example:
        schedule_at("2027-03-28 14:30", remind, args=["ann@example.com"], id="remind Ann", retries=3)
    """
    return client().schedule_at(when, func, args=args, kwargs=kwargs, id=id, **options)


def schedule_in(
    delay: Duration,
    func: Function,
    *,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    id: str | None = None,  # noqa: A002 - as above
    **options: Unpack[JobOptions],
) -> str:
    """Call a function, or run a job on demand, once after a time.

    Parameters:
        delay: A timedelta, a number of seconds, or words such as "3 days" or "1 hour 30 minutes".
        func, args, kwargs, id, options: As of `schedule_at`.

    Returns the id of the job. Raises DurationError for a delay that is none, and what `schedule_at` raises.

    Example:
        schedule_in("3 days", remind, args=["ann@example.com"], id="remind Ann")
    """
    return client().schedule_in(delay, func, args=args, kwargs=kwargs, id=id, **options)


def schedule_every(
    id: str,  # noqa: A002 - as above
    interval: Duration,
    func: Function,
    *,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    **options: Unpack[JobOptions],
) -> str:
    """Call a function at every multiple of a time.

    Parameters:
        id: The name of the job. With the same schedule, a job of that id goes on where it is.
        interval: At least a second: a timedelta, a number of seconds, or words such as "1 day". It is counted from
            midnight UTC of a fixed day, or from the option `start`.
        func, args, kwargs, options: As of `schedule_at`.

    Returns the id of the job. Raises DurationError for an interval that is none, and what `schedule_at` raises.

    Example:
        schedule_every("fetch cases", "10 minutes", "docassemble.MyPackage.cases.fetch", max_runtime="5 minutes")
    """
    return client().schedule_every(id, interval, func, args=args, kwargs=kwargs, **options)


def schedule_cron(
    id: str,  # noqa: A002 - as above
    crontab: str,
    func: Function,
    *,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    **options: Unpack[JobOptions],
) -> str:
    """Call a function when a crontab expression says so.

    Parameters:
        id: The name of the job. With the same schedule, a job of that id goes on where it is.
        crontab: Five fields: minute, hour, day, month, weekday; in docassemble's zone, or in the option `time_zone`.
        func, args, kwargs, options: As of `schedule_at`.

    Returns the id of the job. Raises DefinitionError for an expression that is none, and what `schedule_at` raises.

    Example:
        schedule_cron("weekly report", "0 8 * * mon", "docassemble.MyPackage.reports.weekly", retries=3)
    """
    return client().schedule_cron(id, crontab, func, args=args, kwargs=kwargs, **options)


def run_now(name: str, *, args: Sequence[Any] | None = None, kwargs: Mapping[str, Any] | None = None) -> str:
    """Run a job now, whenever it is due; does not wait for the run.

    Parameters:
        name: That of any job: of the configuration, or added.
        args, kwargs: With either of them, the function is called with these instead of the job's own arguments.

    Returns the identifier of the request. Raises UnknownJob; NotPossible when the job is disabled or its arguments
    are fixed; ArgumentError; StoreUnavailable.

    Example:
        run_now("weekly report", kwargs={"week": 12})
    """
    return client().run_now(name, args=args, kwargs=kwargs)


def due_times_without_success(name: str, since: Moment, until: Moment | None = None) -> list[datetime]:
    """Return the due times of a job that passed without a success: those that `backfill` would run.

    Parameters:
        name: That of the job.
        since, until: The first and the last due time that count: a text, a datetime or a date. Without a zone they
            are local in the zone of the job. Without `until`, or with a later one, up to now.

    Returns them in UTC, the earliest first. Raises UnknownJob; NotPossible for a job on demand, and when more than
    10,000 due times are between the two; DefinitionError for what is no time; StoreUnavailable.

    Example:
        due_times_without_success("weekly report", "2027-01-01")
    """
    return client().due_times_without_success(name, since, until)


def backfill(name: str, since: Moment, until: Moment | None = None) -> int:
    """Run the due times of a job that passed without a success, one after the other; does not wait for the runs.

    Parameters:
        name: That of the job. It may be paused.
        since, until: As for `due_times_without_success`, which says what would be run.

    Returns how many runs are requested. Raises what `due_times_without_success` does; NotPossible when the job is
    disabled, and for more than 100 due times.

    Example:
        backfill("weekly report", "2027-01-01", "2027-02-01")
    """
    return client().backfill(name, since, until)


def cancel(id: str) -> bool:  # noqa: A002 - as above
    """Remove a job that was added. A run that goes on is not stopped.

    Returns False when there is none of that id. Raises NotPossible for a job of the configuration.

    Example:
        cancel("remind Ann")
    """
    return client().cancel(id)


def pause(name: str, note: str | None = None) -> bool:
    """Skip the due times of a job from now on, on every server. A run that goes on is not stopped.

    Parameters:
        name: That of the job.
        note: Why, for those who wonder: up to 500 characters.

    Returns False when the job was paused already. Raises UnknownJob; NotPossible while no server knows the job.

    Example:
        pause("weekly report", note="The mail server moves until noon")
    """
    return client().pause(name, note)


def resume(name: str) -> bool:
    """Run a job again from its next due time on.

    Returns False when the job was not paused. Raises UnknownJob; NotPossible while everything is paused.

    Example:
        resume("weekly report")
    """
    return client().resume(name)


def pause_all(note: str | None = None) -> bool:
    """Pause all jobs on every server, also those that are added later. Runs that go on are not stopped.

    Parameters:
        note: Why, for those who wonder: up to 500 characters.

    Returns False when everything was paused already.

    Example:
        pause_all(note="The database moves")
    """
    return client().pause_all(note)


def resume_all() -> bool:
    """End the pause of all jobs. A job that was paused by itself stays paused.

    Returns False when not everything was paused.

    Example:
        resume_all()
    """
    return client().resume_all()


def jobs() -> list[JobState]:
    """Return every job and its state: those of the configuration, then the added ones by name.

    Example:
        [state.name for state in jobs() if state.status.value == "failing"]
    """
    return client().jobs()


def history(name: str, limit: int = 20) -> list[RunRecord]:
    """Return the latest records of a job, newest first; also of a job that was cancelled or is over.

    Parameters:
        name: That of the job.
        limit: How many at most.

    Example:
        [(run.due, run.status.value, run.error) for run in history("weekly report", limit=5)]
    """
    return client().history(name, limit)
