# do not pre-load
"""What programs call: the functions of `docassemble.Scheduler`, for interviews, Playground modules and packages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from ..core.clock import SystemClock
from ..execution.functions import Functions
from ..host.docassemble import Docassemble
from ..management.client import Duration, Function, Moment, SchedulerClient
from ..management.status import JobState
from ..store.records import RunRecord
from .reception import manager

#: who it was when docassemble has no user: outside of interviews
NOBODY = "Python"


def run_now(name: str, *, args: Sequence[Any] | None = None, kwargs: Mapping[str, Any] | None = None) -> str:
    """Have a job run now, whenever it is due; return the identifier of the order.

    With `args` or `kwargs` its function is called with them instead of the job's own arguments.
    """
    return _client().run_now(name, args=args, kwargs=kwargs)


def schedule_at(
    when: Moment,
    func: Function,
    *,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    id: str | None = None,  # noqa: A002 - that is what it is
    **options: Any,
) -> str:
    """Have a function called once at a time; return the id of the job, to cancel it.

    A time without a zone is local in docassemble's. `options` are those of a job in the configuration: `retries=3`.
    """
    return _client().schedule_at(when, func, args=args, kwargs=kwargs, id=id, **options)


def schedule_in(
    delay: Duration,
    func: Function,
    *,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    id: str | None = None,  # noqa: A002 - as above
    **options: Any,
) -> str:
    """Have a function called once after a time: a timedelta, seconds, or words; return the id of the job."""
    return _client().schedule_in(delay, func, args=args, kwargs=kwargs, id=id, **options)


def schedule_every(
    id: str,  # noqa: A002 - as above
    interval: Duration,
    func: Function,
    *,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    **options: Any,
) -> str:
    """Have a function called at every multiple of a time: a timedelta, seconds, or words; return the id."""
    return _client().schedule_every(id, interval, func, args=args, kwargs=kwargs, **options)


def schedule_cron(
    id: str,  # noqa: A002 - as above
    crontab: str,
    func: Function,
    *,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    **options: Any,
) -> str:
    """Have a function called when a crontab expression says so; return the id."""
    return _client().schedule_cron(id, crontab, func, args=args, kwargs=kwargs, **options)


def cancel(id: str) -> bool:  # noqa: A002 - as above
    """Take away a job that was added; False when there is none."""
    return _client().cancel(id)


def pause(name: str) -> bool:
    """Let the due times of a job be skipped from now on, on every server; False when they are already."""
    return _client().pause(name)


def resume(name: str) -> bool:
    """Let a job be run again from its next due time on; False when it was not paused."""
    return _client().resume(name)


def jobs() -> list[JobState]:
    """Return every job, and how it stands."""
    return _client().jobs()


def history(name: str, limit: int = 20) -> list[RunRecord]:
    """Return the latest records of a job, newest first; also of one that is no more."""
    return _client().history(name, limit)


def _client() -> SchedulerClient:
    host = Docassemble()
    return SchedulerClient(
        manager(),
        functions=Functions(),
        time_zone=ZoneInfo(host.time_zone),
        by=host.present_user or NOBODY,
        clock=SystemClock(),
    )
