# do not pre-load
"""Jobs and claims, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ...decision import Decision, State, decide
from ...job import Job, Overlap
from ...record import Due, Run, Status, Trigger, new_run_id
from ...store import Claim, Wanted
from .world import Memory, MemoryJob, MemoryRow, MemoryWorld


class MemoryClaims(Memory):
    """Takes up jobs and claims what is to run."""

    def see(self, jobs: Sequence[Job], now: datetime) -> Mapping[str, datetime]:
        """Take up the jobs of the configuration, and return the cursor of each."""
        with self._transaction() as world:
            for each in jobs:
                known = world.jobs.get(each.name)
                if known is None:
                    world.jobs[each.name] = MemoryJob(each.fingerprint, now)
                elif known.schedule != each.fingerprint:
                    known.schedule, known.cursor = each.fingerprint, now
            return {each.name: world.jobs[each.name].cursor for each in jobs}

    def claim(self, wanted: Sequence[Wanted], now: datetime) -> Sequence[Claim]:
        """Decide about each wish and claim what is to run."""
        with self._transaction() as world:
            return [
                self._claim_due(world, each, now)
                if each.retry is None
                else self._claim_retry(world, each, now)
                for each in wanted
            ]

    def _claim_due(self, world: MemoryWorld, wanted: Wanted, now: datetime) -> Claim:
        known = world.jobs[wanted.job.name]
        state = State(
            cursor=known.cursor, busy_since=known.lease.claimed if known.lease else None, paused=known.paused
        )
        decision = decide(wanted.job, state, now)
        if decision is None:
            return Claim(wanted=wanted)
        known.cursor = decision.cursor
        for ending in decision.endings:
            world.rows.append(MemoryRow(None, ending, ending.status, self._name, finished=now))
        return self._start(world, wanted, decision, now)

    def _start(self, world: MemoryWorld, wanted: Wanted, decision: Decision, now: datetime) -> Claim:
        run = None
        if decision.run is not None:
            due = Due(wanted.job, decision.run)
            run = Run(id=new_run_id(now), due=due, claimed=now, trigger=decision.trigger)
            self._record(world, run)
        return Claim(wanted=wanted, run=run, endings=decision.endings, more=decision.more)

    def _claim_retry(self, world: MemoryWorld, wanted: Wanted, now: datetime) -> Claim:
        retry = wanted.retry
        rows = [row for row in world.rows if row.run and retry and row.run.id == retry.run and row.retry_at]
        if retry is None or not rows:
            return Claim(wanted=wanted)
        if world.jobs[wanted.job.name].lease is not None and wanted.job.overlap is not Overlap.ALLOW:
            return Claim(wanted=wanted, more=True)
        rows[0].retry_at = None
        due = Due(wanted.job, retry.due)
        run = Run(id=new_run_id(now), due=due, claimed=now, attempt=retry.attempt, trigger=Trigger.RETRY)
        self._record(world, run)
        return Claim(wanted=wanted, run=run)

    def _record(self, world: MemoryWorld, run: Run) -> None:
        world.rows.append(MemoryRow(run, None, Status.RUNNING, self._name))
        if run.job.overlap is not Overlap.ALLOW:
            world.jobs[run.job.name].lease = run
