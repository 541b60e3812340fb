# do not pre-load
"""When a failure is mailed: values and functions, nothing is sent here.

A job that fails is mailed once, then at most once in a while with the number of failures
since, then once when it works again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from .run import Status, StopReason


class AlertKind(Enum):
    """What an alert tells."""

    FAILURE = "failure"
    STILL_FAILING = "still failing"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPolicy:
    """The setting `notify`: when whom a failing job is reported to."""

    #: empty = docassemble's `error notification email`
    email: tuple[str, ...] = ()
    #: failures in a row before the first mail; at least 1
    after: int = 1
    #: shortest time between two mails about failures of one job, also when it worked in between
    every: timedelta = timedelta(hours=1)
    on_recovery: bool = True
    #: whether the variables of the stack are in the mail
    variables: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureStreak:
    """What has to be remembered of a job between its runs; `FailureStreak()` is a job that never failed."""

    #: failures since the last success
    failures: int = 0
    #: failures since the last mail
    unreported_failures: int = 0
    #: whether the present failures have been mailed
    alerted: bool = False
    #: the last mail about a failure, aware
    alerted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A mail that is due now."""

    kind: AlertKind
    #: failures since the last mail, the present one included; for a recovery: those not mailed yet
    count: int


def is_failure(status: Status, reason: str | None) -> bool:
    """Return whether a run that ended like this, for good, is to be reported; else it is none of our business."""
    if status is Status.INTERRUPTED:
        return reason != StopReason.REPLACED.value  # that the next run makes good
    return status in {Status.FAILED, Status.TIMED_OUT}


def failed(state: FailureStreak, now: datetime, policy: AlertPolicy) -> tuple[FailureStreak, Alert | None]:
    """Count a failure at `now` (aware); the alert is to be mailed."""
    state = replace(state, failures=state.failures + 1, unreported_failures=state.unreported_failures + 1)
    if state.failures < policy.after or not _may_mail(state, now, policy):
        return state, None
    kind = AlertKind.STILL_FAILING if state.alerted else AlertKind.FAILURE
    alert = Alert(kind=kind, count=state.unreported_failures)
    return replace(state, unreported_failures=0, alerted=True, alerted_at=now), alert


def succeeded(state: FailureStreak, policy: AlertPolicy) -> tuple[FailureStreak, Alert | None]:
    """Count a success; only a failure that was mailed has its recovery mailed, whenever that is.

    A job that fails and works in turns is limited like one that only fails: the time of the
    last mail outlives the success, and failures that were not mailed are in the next count.
    """
    if not state.failures:
        return state, None
    over = replace(state, failures=0, alerted=False)
    if not (state.alerted and policy.on_recovery):
        return over, None
    return replace(over, unreported_failures=0), Alert(
        kind=AlertKind.RECOVERY, count=state.unreported_failures
    )


def _may_mail(state: FailureStreak, now: datetime, policy: AlertPolicy) -> bool:
    if state.alerted_at is None:
        return True
    # A mail from the future means that the clock was set back: it must not silence the job until then.
    return not timedelta(0) <= now - state.alerted_at < policy.every
