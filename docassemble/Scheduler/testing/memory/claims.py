# do not pre-load
"""Jobs and claims, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ...core.decision import State, decide, is_exclusive
from ...core.job import Job
from ...core.run import Due, Ended, Ending, Run, Status, StopReason, Trigger, new_run_id
from ...store.base import Claim, Retry, Wanted
from ...store.orders import Order
from .world import Memory, MemoryRow, MemoryWorld
from .world import MemoryJob as Known


class MemoryClaims(Memory):
    """Takes up jobs and claims what is to run."""

    def register_jobs(self, jobs: Sequence[Job], now: datetime) -> Mapping[str, datetime]:
        """Take up the jobs of the configuration, and return the cursor of each."""
        with self._transaction() as world:
            for each in jobs:
                known = world.jobs.get(each.name)
                if known is None:
                    known = world.jobs[each.name] = Known("", now, stamp=each.stamp)
                if known.schedule != each.fingerprint:
                    known.schedule, known.cursor = each.fingerprint, now
                    known.next_due = each.schedule.next_after(now)
            return {each.name: world.jobs[each.name].cursor for each in jobs}

    def claim(self, wanted: Sequence[Wanted], now: datetime, ended: Sequence[Ended] = ()) -> Sequence[Claim]:
        """Record the ends of runs, decide about each wish and claim what is to run."""
        with self._transaction() as world:
            for each in ended:
                self._finish(world, each.run, each.outcome)
            return [
                self._claim(world, each, now)
                for each in sorted(wanted, key=lambda each: (each.job.lock or "", each.key))
            ]

    def _claim(self, world: MemoryWorld, wanted: Wanted, now: datetime) -> Claim:
        known = world.jobs.get(wanted.job.name)
        if known is None:
            return Claim(wanted=wanted, lost=True)
        if wanted.job.stamp not in {None, known.stamp}:
            return Claim(wanted=wanted)
        if wanted.order is not None:
            return self._claim_order(world, wanted, wanted.order, now)
        if wanted.retry is not None:
            return self._claim_retry(world, wanted, wanted.retry, now)
        return self._claim_due(world, wanted, now)

    def _claim_due(self, world: MemoryWorld, wanted: Wanted, now: datetime) -> Claim:
        job, known = wanted.job, world.jobs[wanted.job.name]
        holder = world.locks.get(job.lock or "")
        state = State(
            cursor=known.cursor,
            busy_since=known.lease.claimed if known.lease else None,
            locked_since=holder.claimed if holder else None,
            paused=known.paused,
            resumed_at=known.resumed_at,
        )
        decision = decide(job, state, now)
        if decision is None:
            return Claim(wanted=wanted)
        known.cursor, known.next_due = decision.cursor, job.schedule.next_after(decision.cursor)
        world.rows += [self._ended(ending, now) for ending in decision.endings]
        self._counts.ended(decision.endings)
        if decision.stop and known.lease is not None:
            for row in world.rows_of(known.lease.id):
                row.stop = row.stop or StopReason.REPLACED.name
        run = None
        if decision.run is not None:
            run = self._start(world, Due(job, decision.run), decision.trigger, now)
        return Claim(wanted=wanted, run=run, endings=decision.endings, more=decision.more)

    def _claim_retry(self, world: MemoryWorld, wanted: Wanted, retry: Retry, now: datetime) -> Claim:
        rows = [row for row in world.rows_of(retry.run) if row.retry_at]
        if not rows or world.jobs[wanted.job.name].paused:
            return Claim(wanted=wanted)
        if self._is_busy(world, wanted.job):
            return Claim(wanted=wanted, more=True)
        due = Due(wanted.job.with_arguments(retry.arguments), retry.due)
        run = self._start(world, due, Trigger.RETRY, now, attempt=retry.attempt, arguments=retry.arguments)
        rows[0].retry_at, rows[0].retried = None, run.id
        return Claim(wanted=wanted, run=run)

    def _claim_order(self, world: MemoryWorld, wanted: Wanted, order: Order, now: datetime) -> Claim:
        if not world.is_open(order):
            return Claim(wanted=wanted)
        if self._is_busy(world, wanted.job):
            return Claim(wanted=wanted, more=True)
        due = Due(wanted.job.with_arguments(order.arguments), order.at)
        run = self._start(world, due, Trigger.MANUAL, now, arguments=order.arguments)
        world.carry_out(order, run.id)
        return Claim(wanted=wanted, run=run)

    def _is_busy(self, world: MemoryWorld, job: Job) -> bool:
        held = world.jobs[job.name].lease is not None or (job.lock or "") in world.locks
        return is_exclusive(job) and held

    def _start(self, world: MemoryWorld, due: Due, trigger: Trigger, now: datetime, **fields: Any) -> Run:
        job, known = due.job, world.jobs[due.job.name]
        run = Run(
            id=new_run_id(now),
            due=due,
            claimed=now,
            trigger=trigger,
            failing=known.streak.failures > 0,
            **fields,
        )
        world.rows.append(MemoryRow(run.id, now, run, None, Status.RUNNING, self._process, self._server))
        if is_exclusive(job):
            known.lease = run
        if job.lock is not None:
            world.locks[job.lock] = run
        return run

    def _ended(self, ending: Ending, now: datetime) -> MemoryRow:
        id_, process = new_run_id(now), self._process
        row = MemoryRow(id_, now, None, ending, ending.status, process, self._server, finished=now)
        row.reason = ending.reason
        return row

    @property
    def _server(self) -> str:
        return self._process.server if self._process else ""
