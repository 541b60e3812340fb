# do not pre-load
"""One transaction that claims: each claim is one conditional UPDATE and its row count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from ...arguments import called_with
from ...decision import Decision, State, decide, is_exclusive
from ...job import Job, Overlap
from ...orders import Order
from ...record import Due, Run, Status, Trigger, new_run_id
from ...stop import StopReason
from ...store import Claim, Process, Retry, Wanted
from .ends import set_free
from .rows import ending_row, optional, run_row
from .statements import Statements
from .tables import from_sql, to_sql

#: how often a claim looks again after another server was faster
TRIES = 5


@dataclass(frozen=True, slots=True)
class Known:
    """The row of a job, as it was read."""

    state: State
    lease: str | None
    #: whether its last run failed
    failing: bool
    #: which definition counts, of an added job
    stamp: int | None


@dataclass(frozen=True, slots=True)
class Lock:
    """The row of a lock, as it was read."""

    #: what stands there, also when that run has ended: a release before this one knows no locks, and left it
    lease: str | None
    #: None when it is free
    since: datetime | None


class Claiming:
    """Claims for one process at one instant.

    Rows are taken in one order on every server, so that two never wait for each other: first those of runs
    that go on, then jobs without a lock by name, then each lock and after it the jobs that have it, by name.
    """

    def __init__(
        self, connection: Connection, statements: Statements, process: Process | None, now: datetime
    ) -> None:
        self._connection = connection
        self._statements = statements
        self._process = process
        self._now = now
        self._known: dict[str, Known] = {}
        self._locks: dict[str, Lock] = {}
        self._rows: list[dict[str, Any]] = []

    def claim(self, wanted: Sequence[Wanted], ended: Sequence[Run] = ()) -> list[Claim]:
        """Set free what ended runs hold, decide about each wish, claim what is to run, record what is not run."""
        wanted = sorted(wanted, key=lambda each: each.key)
        self._look([each.job for each in wanted])
        for each in wanted:
            self._stop_replaced(each)
        turns: list[tuple[str, str, Run | Wanted]] = [
            *((run.job.lock or "", run.job.name, run) for run in ended),
            *((each.job.lock or "", each.key, each) for each in wanted),
        ]
        claims = []
        for _, _, turn in sorted(turns, key=itemgetter(0, 1)):
            if isinstance(turn, Run):
                self._set_free(turn)
            else:
                claims.append(self._claim(turn))
        if self._rows:
            self._connection.execute(self._statements.record, self._rows)
        return claims

    def _look(self, jobs: list[Job]) -> None:
        names = [job.name for job in jobs]
        for row in self._connection.execute(self._statements.states, {"the_names": names}):
            state = State(
                cursor=from_sql(row.cursor_at),
                busy_since=from_sql(row.leased_at) if row.lease is not None else None,
                paused=bool(row.paused),
                resumed_at=row.resumed_at and from_sql(row.resumed_at),
            )
            self._known[row.name] = Known(state, row.lease, row.failures > 0, row.stamp)
        locks = sorted({job.lock for job in jobs if job.lock is not None})
        if locks:
            for row in self._connection.execute(self._statements.locks, {"the_names": locks}):
                running = row.status == Status.RUNNING.value
                self._locks[row.name] = Lock(row.lease, from_sql(row.leased_at) if running else None)

    def _state(self, job: Job) -> State | None:
        """Return the state of a job; None when there is nothing to be claimed of it.

        Either somebody deleted its rows, and the next start makes them again; or this process has not yet noticed
        that the job was added anew or taken away.
        """
        known = self._known.get(job.name)
        if known is None or (job.stamp is not None and job.stamp != known.stamp):
            return None
        if job.lock is None:
            return known.state
        lock = self._locks.get(job.lock)
        return None if lock is None else replace(known.state, locked_since=lock.since)

    def _stop_replaced(self, wanted: Wanted) -> None:
        state = self._state(wanted.job)
        if wanted.due is not None or wanted.job.overlap is not Overlap.REPLACE or state is None:
            return
        decision = decide(wanted.job, state, self._now)
        if decision is not None and decision.stop:
            values = {"the_run": self._known[wanted.job.name].lease, "stop": StopReason.REPLACED.name}
            self._connection.execute(self._statements.stop, values)

    def _set_free(self, run: Run) -> None:
        set_free(self._connection, self._statements, run)
        known, lock = self._known.get(run.job.name), self._locks.get(run.job.lock or "")
        if known is not None and known.lease == run.id:
            self._known[run.job.name] = replace(
                known, lease=None, state=replace(known.state, busy_since=None)
            )
        if run.job.lock is not None and lock is not None and lock.lease == run.id:
            self._locks[run.job.lock] = Lock(None, None)

    def _claim(self, wanted: Wanted) -> Claim:
        if wanted.order is not None:
            return self._claim_order(wanted, wanted.order)
        return self._claim_due(wanted) if wanted.retry is None else self._claim_retry(wanted, wanted.retry)

    def _claim_due(self, wanted: Wanted) -> Claim:
        job = wanted.job
        for _ in range(TRIES):
            state = self._state(job)
            decision = None if state is None else decide(job, state, self._now)
            if state is None or decision is None:
                return Claim(wanted=wanted)
            run = None if decision.run is None else self._new_run(job, decision.run, decision.trigger)
            if self._take(job, state, decision, run):
                self._rows.extend(ending_row(each, self._now, self._process) for each in decision.endings)
                if run is not None:
                    self._rows.append(run_row(run, self._process))
                return Claim(wanted=wanted, run=run, endings=decision.endings, more=decision.more)
            self._look([job])
        return Claim(wanted=wanted, more=True)

    def _claim_retry(self, wanted: Wanted, retry: Retry) -> Claim:
        job, state = wanted.job, self._state(wanted.job)
        if state is None or state.paused:
            return Claim(wanted=wanted)  # it is offered again when that has changed
        again = replace(self._new_run(job, retry.due, Trigger.RETRY, retry.arguments), attempt=retry.attempt)
        return self._claim_once(
            wanted, again, "take_again", "take_retry", the_run=retry.run, retried=again.id
        )

    def _claim_order(self, wanted: Wanted, order: Order) -> Claim:
        """Claim what somebody ordered; that the job is paused does not matter: it is wanted all the same."""
        if self._state(wanted.job) is None:
            return Claim(wanted=wanted)
        run = self._new_run(wanted.job, order.at, Trigger.MANUAL, order.arguments)
        return self._claim_once(wanted, run, "take_ordered", "take_order", the_order=order.id, the_run=run.id)

    def _claim_once(self, wanted: Wanted, run: Run, lease: str, once: str, **values: Any) -> Claim:
        """Take what the run needs with the statement `lease`, then what only one can have, with `once`."""
        job = wanted.job
        if is_exclusive(job):
            if not self._take_lock(job, run):
                return Claim(wanted=wanted, more=True)
            if not self._executed(lease, the_name=job.name, **self._leased(run)):
                self._give_lock(job, run)
                return Claim(wanted=wanted, more=True)
        if not self._executed(once, **values):
            if is_exclusive(job):
                self._executed("release", the_name=job.name, the_run=run.id)
                self._give_lock(job, run)
            return Claim(wanted=wanted)
        self._rows.append(run_row(run, self._process))
        return Claim(wanted=wanted, run=run)

    def _new_run(self, job: Job, due: datetime, trigger: Trigger, arguments: str | None = None) -> Run:
        return Run(
            id=new_run_id(self._now),
            due=Due(called_with(job, arguments), due),
            claimed=self._now,
            trigger=trigger,
            failing=self._known[job.name].failing,
            arguments=arguments,
        )

    def _take(self, job: Job, state: State, decision: Decision, run: Run | None) -> bool:
        """Move the cursor, if it is still where it was seen, and take what the run needs: the claim."""
        if decision.cursor == state.cursor:
            return True
        values: dict[str, Any] = {
            "the_name": job.name,
            "the_cursor": to_sql(state.cursor),
            "the_paused": state.paused,
            "cursor_at": to_sql(decision.cursor),
            "next_due": optional(job.schedule.next_after(decision.cursor)),
        }
        if run is None or not is_exclusive(job):
            if job.lock is not None:
                self._executed("touch", the_name=job.lock)  # only for the order
            return self._executed("advance", **values)
        if not self._take_lock(job, run):
            return False
        if self._executed("take", **values, **self._leased(run)):
            return True
        self._give_lock(job, run)
        return False

    def _take_lock(self, job: Job, run: Run) -> bool:
        """Take the lock of a job, if it has one and that is free."""
        if job.lock is None:
            return True
        seen = self._locks[job.lock]
        values = {"the_name": job.lock, "the_ended": seen.lease or ""}
        if seen.since is not None or not self._executed("lock", **values, **self._leased(run)):
            return False
        self._locks[job.lock] = Lock(run.id, self._now)
        return True

    def _give_lock(self, job: Job, run: Run) -> None:
        if job.lock is not None:
            self._executed("unlock", the_name=job.lock, the_run=run.id)
            self._locks[job.lock] = Lock(None, None)

    def _leased(self, run: Run) -> dict[str, Any]:
        return {"lease": run.id, "leased_at": to_sql(run.claimed)}

    def _executed(self, statement: str, **values: Any) -> bool:
        """Return whether a conditional UPDATE found its row as it was to be."""
        return bool(self._connection.execute(getattr(self._statements, statement), values).rowcount)
