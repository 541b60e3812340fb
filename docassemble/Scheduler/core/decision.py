# do not pre-load
"""What is to be done about a job now: the rules for late, missed and overlapping due times, as one pure function."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .clock import RESOLUTION
from .job import Job, Missed, Overlap, Schedule, Shifted
from .run import Due, Status, Trigger, UnrunDueTimes

#: a due time is on time when it is looked at so soon after; later, nobody was up (the maintenance's period)
PROMPT = timedelta(seconds=10)
#: so long before it is due a run may be claimed, so that at the due time it only has to begin (C4)
LEAD = timedelta(milliseconds=10)
#: why due times were skipped
PAUSED = "the job is paused"
#: how far a gap is counted
MAX_COUNTED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known of a job: the same on every server."""

    #: the last due time that was dealt with; of a new job: when it was first seen (C1)
    cursor: datetime
    #: when the run that is going on was claimed; None when there is none
    busy_since: datetime | None = None
    #: when the run was claimed that has the lock of the job; None when it is free
    locked_since: datetime | None = None
    paused: bool = False
    #: due times up to then passed while the job was paused
    resumed_at: datetime | None = None

    @property
    def is_idle(self) -> bool:
        """Whether it is for the schedule alone to say when the job is due next."""
        return self.busy_since is None and not self.paused


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done about a job now."""

    #: what the cursor becomes
    cursor: datetime
    #: the due time to run now
    run: datetime | None = None
    trigger: Trigger = Trigger.SCHEDULE
    unrun: tuple[UnrunDueTimes, ...] = ()
    #: whether due times remain that are to be run as soon as the present run is over
    more: bool = False
    #: whether the present run of the job is to be stopped, so that the next one can begin
    stop: bool = False


def decide(job: Job, state: State, now: datetime) -> Decision | None:
    """Return what is to be done about `job` at `now`; None when nothing is due."""
    if job.counts_from_end:
        return _decide_from_end(job, state, now)
    latest = job.schedule.latest_at(now)
    if latest is None or latest <= state.cursor:
        return None
    first = job.schedule.next_after(state.cursor)
    if first is None or first > latest:
        return None
    if state.paused:
        # skipped as one when it is resumed; of a job that is never due again, nobody would look at it then
        return None if job.schedule.next_after(now) else _skip_paused(job, state, now, first, now)
    if state.resumed_at is not None and first <= state.resumed_at:
        return _skip_paused(job, state, now, first, min(state.resumed_at, now))
    return _decide_pending(job, state, now, first, latest)


def _decide_from_end(job: Job, state: State, now: datetime) -> Decision | None:
    """Decide about a job whose due time counts from its cursor, the end of its last run (C29).

    At most one due time is pending. If it ends without a run, the next one counts from now.
    """
    due = job.schedule.next_after(state.cursor)
    if due is None or due > now or state.busy_since is not None:
        return None
    if state.paused:
        return None if job.schedule.next_after(now) else _skip_one(job, due, now)
    if state.resumed_at is not None and due <= state.resumed_at:
        skipped = _skip_one(job, due, state.resumed_at)
        rest = _decide_from_end(job, replace(state, cursor=skipped.cursor, resumed_at=None), now)
        return skipped if rest is None else replace(rest, unrun=skipped.unrun + rest.unrun)
    decision = _decide_pending(job, state, now, due, due)
    return decision if decision.run or not decision.unrun else replace(decision, cursor=now)


def _skip_one(job: Job, due: datetime, cursor: datetime) -> Decision:
    """Skip a due time that passed while the job was paused; the next one counts from `cursor`."""
    return Decision(cursor=cursor, unrun=_endings(job, Status.SKIPPED, due, due, PAUSED))


def _skip_paused(job: Job, state: State, now: datetime, first: datetime, until: datetime) -> Decision:
    """Skip what passed while the job was paused, and decide about what came after (C19)."""
    last = job.schedule.latest_at(until) or first
    unrun = _endings(job, Status.SKIPPED, first, last, PAUSED)
    rest = decide(job, replace(state, cursor=last, resumed_at=None), now)
    if rest is None:
        return Decision(cursor=last, unrun=unrun)
    return replace(rest, unrun=unrun + rest.unrun)


def _decide_pending(job: Job, state: State, now: datetime, first: datetime, latest: datetime) -> Decision:
    due = _to_run(job, first, latest, now)
    unrun: tuple[UnrunDueTimes, ...] = ()
    cursor = state.cursor
    if due != first:
        cursor = latest if due is None else job.schedule.latest_at(due - RESOLUTION) or first
        unrun = _endings(job, Status.MISSED, first, cursor, _why_missed(job, due))
    if due is None:
        return Decision(cursor=cursor, unrun=unrun)
    busy = _busy(job, state)
    if busy is not None:
        since, why = busy
        # What was due before that run began was never to overlap with it.
        if job.overlap is not Overlap.SKIP or due <= since:
            stop = job.overlap is Overlap.REPLACE and state.busy_since is not None and due > since
            return Decision(cursor=cursor, unrun=unrun, more=True, stop=stop)
        skipped = _endings(job, Status.SKIPPED, due, due, why)
        return Decision(cursor=due, unrun=unrun + skipped, more=due < latest)
    trigger = Trigger.CATCH_UP if now - due > PROMPT else Trigger.SCHEDULE
    return Decision(cursor=due, run=due, trigger=trigger, unrun=unrun, more=due < latest)


def _busy(job: Job, state: State) -> tuple[datetime, str] | None:
    """Return since when the job cannot be run, and why; None when it can."""
    if not job.is_exclusive:
        return None
    if state.busy_since is not None:
        return state.busy_since, "the previous run is still going"
    if state.locked_since is not None:
        return state.locked_since, f"another job with the lock {job.shown('lock')} is still going"
    return None


def _to_run(job: Job, first: datetime, latest: datetime, now: datetime) -> datetime | None:
    """Choose among the pending due times, `first` to `latest`, the one to run; None when all are missed (C18)."""
    if job.missed is Missed.SKIP and now - latest > PROMPT:
        return None
    oldest = None if job.misfire_grace_time is None else now - job.misfire_grace_time
    if oldest is not None and latest < oldest:
        return None
    if job.missed is not Missed.ALL:
        return latest
    return first if oldest is None or first >= oldest else job.schedule.next_after(oldest - RESOLUTION)


def _why_missed(job: Job, due: datetime | None) -> str:
    if due is None:
        return "later than the misfire grace time, or nobody was up"
    return f"the due time {Due(job, due).local.isoformat()} stands for it"


def _endings(
    job: Job, status: Status, first: datetime, last: datetime, reason: str
) -> tuple[UnrunDueTimes, ...]:
    count = _count(job.schedule, first, last)
    return (UnrunDueTimes(job=job, status=status, first=first, last=last, count=count, reason=reason),)


def _count(schedule: Schedule, first: datetime, last: datetime) -> int:
    if isinstance(schedule, Shifted):  # as many, and found in a fraction of the time
        return _count(schedule.schedule, schedule.base_of(first), schedule.base_of(last))
    count, due = 1, first
    while due < last and count < MAX_COUNTED:
        following = schedule.next_after(due)
        if following is None:
            break
        due = following
        count += 1
    return count
