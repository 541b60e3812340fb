# do not pre-load
"""One transaction that claims: each claim is one conditional UPDATE and its row count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import Connection

from ....core.decision import Decision, State, decide
from ....core.job import Job, Overlap
from ....core.run import Due, EndedRun, Run, StopReason, Trigger, new_run_id
from ...base import Claim, ClaimRequest, Retry, RunRequest
from ..engine import Database
from ..rows import leased, moved, place, run_row, unrun_row
from ..runs import set_free
from .state import ClaimState, LockRow, OptimisticClaim, is_plain

#: how often a claim looks again after another server was faster
TRIES = 5


class ClaimTransaction:
    """Claims for one process at one instant.

    Rows are taken in one order on every server, so that two never wait for each other: first those of runs
    that go on, then jobs without a lock by name, then each lock and after it the jobs that have it, by name.
    """

    def __init__(self, connection: Connection, database: Database, now: datetime) -> None:
        self._connection = connection
        self._statements = database.statements
        self._process = database.process
        self._now = now
        #: what can be claimed without a look, by the names of the jobs
        self._optimistic: dict[str, OptimisticClaim] = {}
        #: where this transaction leaves the cursors of the jobs it claims, if it is worth while to remember it
        self.cursors: dict[str, datetime] = {}
        self._state = ClaimState(connection, database.statements)
        self._rows: list[dict[str, Any]] = []

    def claim(
        self,
        requests: Sequence[ClaimRequest],
        ended: Sequence[EndedRun] = (),
        optimistic: Sequence[OptimisticClaim] = (),
    ) -> list[Claim]:
        """Set free what ended runs hold, decide about each request, claim what is to run, record what is not run.

        Of `optimistic`, no rows are read unless it turns out that they have changed.
        """
        requests = sorted(requests, key=attrgetter("key"))
        self._optimistic = {each.request.key: each for each in optimistic}
        self._state.look([each.job for each in requests if each.key not in self._optimistic])
        for each in requests:
            self._stop_replaced(each)
        turns: list[tuple[str, str, EndedRun | ClaimRequest]] = [
            *((*place(each.run.job), each) for each in ended),
            *((each.job.lock or "", each.key, each) for each in requests),
        ]
        claims = []
        for _, _, turn in sorted(turns, key=itemgetter(0, 1)):
            if isinstance(turn, EndedRun):
                self._set_free(turn)
            else:
                claims.append(self._claim(turn))
        if self._rows:
            # SQLAlchemy makes more of a list of one
            rows = self._rows if len(self._rows) > 1 else self._rows[0]
            self._connection.execute(self._statements.record, rows)
        return claims

    def _stop_replaced(self, request: ClaimRequest) -> None:
        if request.due is not None or request.job.overlap is not Overlap.REPLACE:
            return
        state = self._state.state(request.job)
        decision = None if state is None else decide(request.job, state, self._now)
        if decision is not None and decision.stop:
            values = {"the_run": self._state.jobs[request.job.name].lease, "stop": StopReason.REPLACED.name}
            self._connection.execute(self._statements.stop, values)

    def _set_free(self, ended: EndedRun) -> None:
        set_free(self._connection, self._statements, ended)
        run = ended.run
        if run.job.counts_from_end and run.job.name in self._state.jobs:
            self._state.look([run.job])  # its cursor has moved, too
            return
        row, lock = self._state.jobs.get(run.job.name), self._state.locks.get(run.job.lock or "")
        if row is not None and row.lease == run.id:
            self._state.jobs[run.job.name] = replace(
                row, lease=None, state=replace(row.state, busy_since=None)
            )
        if run.job.lock is not None and lock is not None and lock.lease == run.id:
            self._state.locks[run.job.lock] = LockRow(None, None)

    def _claim(self, request: ClaimRequest) -> Claim:
        if request.run_request is not None:
            return self._claim_requested(request, request.run_request)
        return (
            self._claim_due(request) if request.retry is None else self._claim_retry(request, request.retry)
        )

    def _claim_due(self, request: ClaimRequest) -> Claim:
        job, optimistic = request.job, self._optimistic.get(request.key)
        if optimistic is not None:
            if self._executed("take_as_left", **optimistic.values):
                return self._claimed(request, optimistic.decision, optimistic.run)
            self._state.look([job])
        for _ in range(TRIES):
            state = self._state.state(job)
            decision = None if state is None else decide(job, state, self._now)
            if state is None or decision is None:
                return self._nothing(request, state)
            run = None
            if decision.run is not None:
                failing = self._state.jobs[job.name].failing
                run = self._new_run(job, decision.run, decision.trigger, failing=failing)
            if self._take(job, state, decision, run):
                return self._claimed(request, decision, run)
            self._state.look([job])
        return Claim(request=request, more=True)

    def _nothing(self, request: ClaimRequest, state: State | None = None) -> Claim:
        is_early = request.job.counts_from_end and state is not None and state.is_idle
        cursor = state.cursor if state is not None and is_early else None
        return Claim(request=request, missing=self._state.is_missing(request.job), cursor=cursor)

    def _claimed(self, request: ClaimRequest, decision: Decision, run: Run | None) -> Claim:
        self._rows.extend(unrun_row(each, self._now, self._process) for each in decision.unrun)
        if run is not None:
            self._rows.append(run_row(run, self._process))
            if not run.failing and is_plain(request.job):
                self.cursors[request.job.name] = decision.cursor
        cursor = (
            decision.cursor if request.job.counts_from_end and run is None and not decision.more else None
        )
        return Claim(request=request, run=run, unrun=decision.unrun, more=decision.more, cursor=cursor)

    def _claim_retry(self, request: ClaimRequest, retry: Retry) -> Claim:
        job, state = request.job, self._state.state(request.job)
        if state is None or state.paused:
            return self._nothing(request)  # it is offered again when that has changed
        failing = self._state.jobs[job.name].failing
        again = self._new_run(job, retry.due, Trigger.RETRY, retry.arguments, failing=failing)
        again = replace(again, attempt=retry.attempt)
        return self._claim_once(
            request, again, "take_again", "take_retry", the_run=retry.run, retried=again.id
        )

    def _claim_requested(self, request: ClaimRequest, run_request: RunRequest) -> Claim:
        """Claim what somebody requested; that the job is paused does not matter: it is wanted all the same (C20)."""
        if self._state.state(request.job) is None:
            return self._nothing(request)
        failing = self._state.jobs[request.job.name].failing
        run = self._new_run(
            request.job,
            run_request.due or run_request.at,
            Trigger.MANUAL,
            run_request.arguments,
            failing=failing,
        )
        return self._claim_once(
            request, run, "take_requested", "take_request", the_request=run_request.id, the_run=run.id
        )

    def _claim_once(self, request: ClaimRequest, run: Run, lease: str, once: str, **values: Any) -> Claim:
        """Take what the run needs with the statement `lease`, then what only one can have, with `once` (C16, C20)."""
        job = request.job
        if job.is_exclusive:
            if not self._take_lock(job, run):
                return Claim(request=request, more=True)
            if not self._executed(lease, the_name=job.name, **leased(run)):
                self._give_lock(job, run)
                return Claim(request=request, more=True)
        if not self._executed(once, **values):
            if job.is_exclusive:
                self._executed("release", the_name=job.name, the_run=run.id)
                self._give_lock(job, run)
            return Claim(request=request)
        self._rows.append(run_row(run, self._process))
        return Claim(request=request, run=run)

    def _new_run(
        self, job: Job, due: datetime, trigger: Trigger, arguments: str | None = None, *, failing: bool
    ) -> Run:
        return Run(
            id=new_run_id(self._now),
            due=Due(job if arguments is None else job.with_arguments(arguments), due),
            claimed=self._now,
            trigger=trigger,
            failing=failing,
            arguments=arguments,
        )

    def _take(self, job: Job, state: State, decision: Decision, run: Run | None) -> bool:
        """Move the cursor, if it is still where it was seen, and take what the run needs: the claim (C2)."""
        if decision.cursor == state.cursor:
            return True
        values = {**moved(job, state.cursor, decision), "the_paused": state.paused}
        if run is None or not job.is_exclusive:
            if job.lock is not None:
                self._executed("touch", the_name=job.lock)  # only for the order
            return self._executed("advance", **values)
        if not self._take_lock(job, run):
            return False
        if self._executed("take", **values, **leased(run)):
            return True
        self._give_lock(job, run)
        return False

    def _take_lock(self, job: Job, run: Run) -> bool:
        """Take the lock of a job, if it has one and that is free (C8)."""
        if job.lock is None:
            return True
        seen = self._state.locks[job.lock]
        values = {"the_name": job.lock, "the_ended": seen.lease or ""}
        if seen.since is not None or not self._executed("lock", **values, **leased(run)):
            return False
        self._state.locks[job.lock] = LockRow(run.id, self._now)
        return True

    def _give_lock(self, job: Job, run: Run) -> None:
        if job.lock is not None:
            self._executed("unlock", the_name=job.lock, the_run=run.id)
            self._state.locks[job.lock] = LockRow(None, None)

    def _executed(self, statement: str, **values: Any) -> bool:
        """Return whether a conditional UPDATE found its row as it was to be."""
        return bool(self._connection.execute(getattr(self._statements, statement), values).rowcount)
