# do not pre-load
"""How this process has left jobs: what it may claim of them without a look, if nobody has touched them since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ....core.decision import Decision, State, decide
from ....core.job import Job, Overlap
from ....core.run import Due, Run, new_run_id
from ...base import Claim, Process, Wanted
from ..rows import ending_row, optional, run_row
from ..statements import Step
from ..tables import to_sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Hope:
    """A claim that can be made if its job is as this process has left it."""

    wanted: Wanted
    decision: Decision
    run: Run
    #: of the statement `take_as_left`, which finds out
    values: Mapping[str, Any]

    @property
    def claim(self) -> Claim:
        """What has come true."""
        return Claim(wanted=self.wanted, run=self.run, endings=self.decision.endings, more=self.decision.more)

    def steps(self, process: Process | None) -> Iterator[Step]:
        """Yield what makes it come true, for a process."""
        yield Step("begin", {**run_row(self.run, process), **self.values})
        for ending in self.decision.endings:
            row = ending_row(ending, self.run.claimed, process)
            yield Step("end_with", {**row, "the_name": self.run.job.name, "the_run": self.run.id})


class Left:
    """Where this process has left the cursors of the jobs that it claimed last; others may have moved them."""

    def __init__(self) -> None:
        self._cursors: dict[str, datetime] = {}

    def cursor(self, wanted: Wanted) -> datetime | None:
        """Return where the cursor of a job was left, if the job may be claimed without a look at its row."""
        return self._cursors.get(wanted.job.name) if wanted.due is None and is_plain(wanted.job) else None

    def hope(self, wanted: Wanted, now: datetime) -> Hope | None:
        """Return what can be claimed if nothing has changed; None when that is nothing, or not known.

        `take_as_left` checks all that the decision is made from: a memory that is out of date costs time, no more.
        """
        cursor = self.cursor(wanted)
        decision = None if cursor is None else decide(wanted.job, State(cursor=cursor), now)
        if cursor is None or decision is None or decision.run is None:
            return None
        run = Run(
            id=new_run_id(now),
            due=Due(wanted.job, decision.run),
            claimed=now,
            trigger=decision.trigger,
        )
        values = {**moved(wanted.job, cursor, decision), **leased(run)}
        return Hope(wanted=wanted, decision=decision, run=run, values=values)

    def forget(self, wanted: Iterable[Wanted]) -> None:
        """Forget these jobs."""
        for each in wanted:
            self._cursors.pop(each.job.name, None)

    def keep(self, cursors: Mapping[str, datetime]) -> None:
        """Remember where cursors are left now, by name."""
        self._cursors.update(cursors)


def is_plain(job: Job) -> bool:
    """Return whether nothing but a job's own row says whether it can be run, and nothing is to be stopped for it."""
    return job.overlap in {Overlap.SKIP, Overlap.QUEUE} and job.lock is None and job.stamp is None


def moved(job: Job, cursor: datetime, decision: Decision) -> dict[str, Any]:
    """Return the values that move the cursor of a job, if it is still there."""
    return {
        "the_name": job.name,
        "the_cursor": to_sql(cursor),
        "cursor_at": to_sql(decision.cursor),
        "next_due": optional(job.schedule.next_after(decision.cursor)),
    }


def leased(run: Run) -> dict[str, Any]:
    """Return the values that give a run what it needs."""
    return {"lease": run.id, "leased_at": to_sql(run.claimed)}
