# do not pre-load
"""The manager: what people do with the scheduler, and what they see of it.

The dashboard, the command line, the JSON API and the Python API each have one. It knows nothing of Flask, click or
uWSGI. Every method may raise StoreUnavailable; every action puts on record who did it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from ..core.errors import DefinitionError, NotPermitted, NotPossible, NotStorable
from ..core.job import Job
from ..core.run import StopReason
from ..core.texts.storable import MAX_REASON
from ..execution.arguments import bound_to, check_not_fixed, pack
from ..store.records import RETRYABLE
from .backfill import MAX_REQUESTED
from .definitions import checked, stored
from .permissions import Caller
from .reader import SchedulerReader, answer

T = TypeVar("T")


class SchedulerManager(SchedulerReader):
    """What people see of the scheduler and do with it."""

    def run_now(
        self,
        name: str,
        by: Caller,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> str:
        """Request a run of a job; return the identifier of the request (`Event.id`; its `run` follows).

        A job that is busy runs when it is free again; one that is paused runs, and stays paused. With `args` or
        `kwargs` the function is called with them instead of the job's own arguments.
        Raises UnknownJob; NotPossible when the job is disabled, or its arguments are fixed; ArgumentError for what is
        not JSON; NotPermitted for arguments that the caller may not give.
        """
        job = self._find(name)
        if not job.enabled:
            raise NotPossible.disabled(job.name)
        arguments = None if args is None and kwargs is None else self._packed(job, by, args or (), kwargs)
        run_request = self._store.request_run(name, self._clock.now(), by.name, arguments)
        self._worker.offer(job, run_request)
        return run_request.id

    def backfill(self, name: str, since: datetime, until: datetime | None, by: Caller) -> int:
        """Request a run of each due time that passed without a success, one after the other; return how many.

        Raises what `due_times_without_success` does; NotPossible when the job is disabled, or there are too many.
        """
        job = self._find(name)
        if not job.enabled:
            raise NotPossible.disabled(job.name)
        dues = self.due_times_without_success(name, since, until)
        if len(dues) > MAX_REQUESTED:
            raise NotPossible(
                f"these are {len(dues):,} due times, and {MAX_REQUESTED} can be run from here at once",
                hint="choose a shorter time, or use `backfill` on the command line",
            )
        self._store.request_runs(job.name, dues, self._clock.now(), by.name)
        self._worker.poll()
        return len(dues)

    def _packed(self, job: Job, by: Caller, args: Sequence[Any], kwargs: Mapping[str, Any] | None) -> str:
        self._permissions.check_arguments(job, by)
        check_not_fixed(job)
        packed = pack(args, kwargs)
        # else another function could get them: that of a job that takes the name before the run, or before a retry
        return bound_to(job, packed) if by.is_limited else packed

    def retry(self, run: str, by: Caller) -> None:
        """Let a run be tried again that failed, timed out, was interrupted or stopped.

        Raises UnknownRun; UnknownJob when its job is no more; NotPossible when it makes no sense.
        """
        record = self.run(run)
        state = self.job(record.job)
        if record.status not in RETRYABLE:
            raise NotPossible(f"this run is {record.status.value}", hint="run the job once more, by hand")
        if state.record is not None and state.record.paused:
            raise NotPossible(
                f"the job {record.job!r} is paused", hint="resume it, or run it once more by hand"
            )
        if not self._store.retry(run, self._clock.now(), by.name):
            raise NotPossible(
                "this run has been tried again already", hint="see the later attempts of the job"
            )
        self._worker.poll()

    def stop(self, run: str, by: Caller) -> bool:
        """Ask a run to stop; False when it has ended or is asked already. Raises UnknownRun."""
        self.run(run)
        return self._store.request_stop(run, StopReason.BY_HAND.name, self._clock.now(), by.name)

    def ask_where(self, run: str, by: Caller) -> bool:
        """Ask a run where in its code it is: `RunRecord.stack` says it within seconds; False when it has ended.

        Raises UnknownRun; NotPermitted for anybody but administrators.
        """
        if not by.is_administrator:
            raise NotPermitted("only administrators see where in its code a run is", hint="ask one")
        self.run(run)
        return self._store.request_stack(run, self._clock.now())

    def pause(self, name: str, by: Caller, note: str | None = None) -> bool:
        """Pause a job; return False when it was paused. `note` says why, in up to 500 characters.

        Raises UnknownJob; NotPossible when it has no row yet.
        """
        job, now = self._find(name), self._clock.now()
        changed = answer(lambda: self._store.pause(job.name, now, by.name, _words(note)), otherwise=False)
        if not changed and name not in self._records([name], recent=0):
            raise NotPossible(
                f"no server has taken up {name!r} yet, so it cannot be paused",
                hint="start docassemble, or set `enabled: false` in the configuration",
            )
        return changed

    def resume(self, name: str, by: Caller) -> bool:
        """Let a job be run again from its next due time on; False when it was not paused.

        Raises UnknownJob; NotPossible while everything is paused.
        """
        job, now = self._find(name), self._clock.now()
        changed = answer(lambda: self._store.resume(job.name, now, by.name), otherwise=False)
        if not changed and self._store.general_pause() is not None:
            raise NotPossible(
                "everything is paused, so no single job can be resumed",
                hint="resume everything; a paused job can be run by hand",
            )
        return changed

    def pause_all(self, by: Caller, note: str | None = None) -> bool:
        """Pause every job on every server, also jobs that are added later; return False when that was so.

        No run begins by schedule and nothing is tried again, until `resume_all`. Runs that go on are not stopped,
        and people can run jobs by hand.
        """
        return self._store.pause_all(self._clock.now(), by.name, _words(note))

    def resume_all(self, by: Caller) -> bool:
        """End the pause of everything; False when there is none. A job that somebody has paused stays paused."""
        resumed = self._store.resume_all(self._clock.now(), by.name)
        self._worker.poll()
        return resumed

    def add(self, name: str, definition: Mapping[str, Any], by: Caller) -> Job:
        """Add a job, or put it in the place of the added one with that name; `definition` has a job's keys.

        A date that has passed is run at once, unless longer ago than the job's `misfire grace time`.
        Raises DefinitionError when it cannot be a job, or the configuration has one of the name; ArgumentError
        for what is not JSON; NotPermitted for what the caller may not do.
        """
        now = self._clock.now()
        self._registry.refresh(self._store)
        new = checked(name, definition, by, self._registry, self._permissions, self._functions, now)
        try:
            self._store.add(new.job, new.text, since=new.since, now=now, by=by.name)
        except NotStorable as error:
            raise DefinitionError(
                f"the database cannot keep {name!r}",
                hint="use only characters that its encoding has, in the name and the `lock`",
            ) from error
        self._worker.poll()
        return new.job

    def definition(self, name: str, by: Caller) -> Mapping[str, Any]:
        """Return the definition of an added job, to be changed and added again.

        Raises UnknownJob, NotPossible when it was not added, and NotPermitted.
        """
        self._registry.refresh(self._store)
        return stored(name, self._registry, by)

    def cancel(self, name: str, by: Caller) -> bool:
        """Take an added job away; False when there is none. Raises NotPossible for a job of the configuration."""
        if self._registry.is_configured(name):
            raise NotPossible(
                f"the job {name!r} stands in the configuration", hint="take it away there, or pause it"
            )
        self._registry.refresh(self._store)
        if (table := self._registry.table_of(name)) is not None:
            raise NotPossible(
                f"the job {name!r} is a row of {table}", hint="delete it there, or pause the job"
            )
        now = self._clock.now()
        gone = answer(lambda: self._store.cancel(name, now, by.name), name, otherwise=False)
        self._worker.poll()
        return gone


def _words(note: str | None) -> str | None:
    """Return a note in one line; None when it says nothing."""
    return " ".join(note[:MAX_REASON].split()) or None if note else None
