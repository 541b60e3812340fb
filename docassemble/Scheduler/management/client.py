# do not pre-load
"""The client: functions are scheduled by programs. What `docassemble.Scheduler` offers are its methods."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..config.codes import InvalidValue
from ..config.parser import JOB
from ..config.values.hints import is_dotted, normalised
from ..config.values.times import moment, to_utc, zone
from ..core.clock import Clock
from ..core.durations import parse_duration
from ..core.errors import DefinitionError, DurationError
from ..core.texts.excerpt import naming, quoted
from ..execution.functions import Functions, name_of
from ..store.records import RunQuery, RunRecord
from .drafts.job_options import Duration, Function, Moment
from .manager import SchedulerManager
from .permissions import code
from .status import JobState


class SchedulerClient:
    """Schedules functions in the name of somebody; in tests with a manager on a MemoryStore and a ManualClock."""

    def __init__(
        self, manager: SchedulerManager, *, functions: Functions, time_zone: ZoneInfo, by: str, clock: Clock
    ) -> None:
        """`time_zone` is docassemble's; `by` is put on record."""
        self._manager = manager
        self._functions = functions
        self._time_zone = time_zone
        self._by = code(by)
        self._clock = clock

    def run_now(
        self, name: str, *, args: Sequence[Any] | None = None, kwargs: Mapping[str, Any] | None = None
    ) -> str:
        """Have a job run now, whenever it is due; return the identifier of the request.

        With `args` or `kwargs` its function is called with them instead of the job's own arguments.
        """
        return self._manager.run_now(name, self._by, args, kwargs)

    def schedule_at(
        self,
        /,
        when: Moment,
        func: Function,
        *,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        id: str | None = None,  # noqa: A002 - that is what it is
        **options: Any,
    ) -> str:
        """Have a function called, or a job on demand run, once at a time; return the id of the job, to cancel it.

        A time without a zone is local in docassemble's. `options` are those of a job in the configuration: `retries=3`.
        """
        what = self._what(func)
        at = self._instant(when, options)
        id_ = f"{what[1]} {secrets.token_hex(4)}" if id is None else id
        return self._add(id_, what, {"run at": at.isoformat()}, args, kwargs, options)

    def schedule_in(
        self,
        /,
        delay: Duration,
        func: Function,
        *,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        id: str | None = None,  # noqa: A002 - as above
        **options: Any,
    ) -> str:
        """Have a function called once after a time: a timedelta, seconds, or words; return the id of the job."""
        at = self._clock.now() + _duration(delay)
        return self.schedule_at(at, func, args=args, kwargs=kwargs, id=id, **options)

    def schedule_every(
        self,
        /,
        id: str,  # noqa: A002 - as above
        interval: Duration,
        func: Function,
        *,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> str:
        """Have a function called at every multiple of a time: a timedelta, seconds, or words; return the id."""
        every = {"every": _duration(interval).total_seconds()}
        return self._add(id, self._what(func), every, args, kwargs, options)

    def schedule_cron(
        self,
        /,
        id: str,  # noqa: A002 - as above
        crontab: str,
        func: Function,
        *,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> str:
        """Have a function called when a crontab expression says so; return the id."""
        return self._add(id, self._what(func), {"crontab": crontab}, args, kwargs, options)

    def due_times_without_success(
        self, name: str, since: Moment, until: Moment | None = None
    ) -> list[datetime]:
        """Return the due times of a job, in UTC, that a backfill would run: none of them succeeded.

        Times without a zone are local in that of the job; without `until`, up to now.
        """
        return self._manager.due_times_without_success(name, *self._span(name, since, until))

    def backfill(self, name: str, since: Moment, until: Moment | None = None) -> int:
        """Have each of these due times run, one after the other; return how many."""
        return self._manager.backfill(name, *self._span(name, since, until), self._by)

    def cancel(self, id: str) -> bool:  # noqa: A002 - as above
        """Take away a job that was added; False when there is none."""
        return self._manager.cancel(id, self._by)

    def pause(self, name: str, note: str | None = None) -> bool:
        """Let the due times of a job be skipped from now on, on every server; False when they are already.

        `note` says why, for those who wonder.
        """
        return self._manager.pause(name, self._by, note)

    def resume(self, name: str) -> bool:
        """Let a job be run again from its next due time on; False when it was not paused."""
        return self._manager.resume(name, self._by)

    def pause_all(self, note: str | None = None) -> bool:
        """Pause all jobs, also those that are added later, on every server; False when that is so already."""
        return self._manager.pause_all(self._by, note)

    def resume_all(self) -> bool:
        """End the pause of all jobs; False when there is none. A job that was paused by itself stays paused."""
        return self._manager.resume_all(self._by)

    def jobs(self) -> list[JobState]:
        """Return every job, and how it stands."""
        return self._manager.jobs()

    def history(self, name: str, limit: int = 20) -> list[RunRecord]:
        """Return the latest records of a job, newest first; also of one that is no more."""
        return list(self._manager.runs(RunQuery(job=name, limit=limit)))

    def _add(  # noqa: PLR0913, PLR0917 - the parts of a job
        self,
        id_: str,
        what: tuple[str, str],
        when: Mapping[str, Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        options: Mapping[str, Any],
    ) -> str:
        given = {normalised(key): value for key, value in options.items() if value is not None}
        more = {key: _days(value) if key == "except" else self._plain(value) for key, value in given.items()}
        arguments = {"args": _listed(args), "kwargs": dict(kwargs or {})}
        self._manager.add(id_, {**more, **dict([what]), **when, **arguments}, self._by)
        return id_

    def _what(self, function: Function) -> tuple[str, str]:
        """Return the key of what is to run, and its name: a text is that of a job on demand if there is one."""
        if isinstance(function, str) and (self._manager.is_on_demand(function) or not is_dotted(function)):
            return JOB, function
        return "function", name_of(function, self._functions)

    def _span(self, name: str, since: Moment, until: Moment | None) -> tuple[datetime, datetime | None]:
        """Return two times as instants; a local time in the zone of the job."""
        zone_of_job = {"time zone": self._manager.job(name).job.time_zone}
        first = self._instant(since, zone_of_job)
        return first, None if until is None else self._instant(until, zone_of_job)

    def _plain(self, option: Any) -> Any:
        """Return the value of an option as the configuration has it."""
        if isinstance(option, timedelta):
            return option.total_seconds()
        if isinstance(option, date):
            return self._instant(option, {}).isoformat()
        if isinstance(option, set | frozenset):
            return sorted(option)
        return name_of(option, self._functions) if callable(option) else option

    def _instant(self, when: Moment, options: Mapping[str, Any]) -> datetime:
        """Return an instant; a local time in the zone of the options, else in docassemble's."""
        named = {normalised(key): value for key, value in options.items()}
        local = named.get("time zone", named.get("timezone"))
        try:
            return to_utc(moment(when), self._time_zone if local is None else zone(local))
        except InvalidValue as error:
            raise DefinitionError(f"{quoted(when)} {error}", hint=_hint(when, error.hint)) from error


def _days(value: Any) -> Any:
    """Return days that do not count as the configuration has them: dates as texts."""
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(map(str, value))
    return str(value) if isinstance(value, date) else value


def _duration(value: Duration) -> timedelta:
    if isinstance(value, timedelta):
        value = value.total_seconds()
    try:
        return parse_duration(value)
    except DurationError as error:
        raise DurationError(f"{quoted(value)} {error}", hint=_hint(value, error.hint)) from error


def _hint(value: object, hint: str) -> str:
    named = naming(value[:1_000]) if isinstance(value, str) else ""
    return f"{named} {hint}".strip()


def _listed(args: Sequence[Any]) -> Sequence[Any]:
    """Return the arguments as they are, for the manager to judge; a tuple as a list."""
    return list(args) if isinstance(args, tuple) else args
