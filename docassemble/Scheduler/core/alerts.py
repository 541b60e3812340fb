# do not pre-load
"""When a failure is told, and to whom: values and functions, nothing is sent here.

A job that fails is told once, then at most once in a while with the number of failures
since, then once when it works again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from .run import Status, StopReason
from .texts.excerpt import shown_address


class AlertKind(Enum):
    """What an alert tells."""

    FAILURE = "failure"
    STILL_FAILING = "still failing"
    RECOVERY = "recovery"


class WebhookKind(Enum):
    """What form the body of a webhook has; the value is the key of the configuration."""

    SLACK = "slack"
    TEAMS = "teams"
    DISCORD = "discord"
    MATTERMOST = "mattermost"
    #: a body of our own, for any program
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that messages are posted to; whoever knows all of it can write there."""

    kind: WebhookKind
    url: str = field(repr=False)

    @property
    def shown(self) -> str:
        """The part of the address that may be shown: scheme and host."""
        scheme, _, rest = shown_address(self.url).partition("://")
        return f"{scheme}://{rest.partition('/')[0]}"

    def __str__(self) -> str:
        return f"{self.kind.value} at {self.shown}"


#: who is told: an e-mail address, or a webhook
Receiver = str | Webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPolicy:
    """The setting `notify`: when whom a failing job is reported to."""

    #: addresses, and below `to` with them: neither = docassemble's `error notification email`
    email: tuple[str, ...] = ()
    to: tuple[Receiver, ...] = ()
    #: failures in a row before the first mail; at least 1
    after: int = 1
    #: shortest time between two mails about failures of one job, also when it worked in between
    every: timedelta = timedelta(hours=1)
    on_recovery: bool = True
    #: whether the variables of the stack are in the mail
    variables: bool = False
    #: whether receivers came out of the environment: then nothing shows who they are
    hidden: bool = False
    #: whether nobody is told anything: `notify: false` of a job
    muted: bool = False

    @property
    def emails(self) -> tuple[str, ...]:
        """Who is mailed, each once."""
        return tuple(dict.fromkeys([*self.email, *(each for each in self.to if isinstance(each, str))]))

    @property
    def webhooks(self) -> tuple[Webhook, ...]:
        """What is posted to, each once."""
        return tuple(dict.fromkeys(each for each in self.to if isinstance(each, Webhook)))

    def changed(self, given: Mapping[str, Any], *, hidden: bool) -> AlertPolicy:
        """Return the policy with what a job's own `notify` says: it names all receivers, or none."""
        if not given.keys() & _RECEIVERS:
            return replace(self, **given)
        return replace(self, **{**dict.fromkeys(_RECEIVERS, ()), **given, "hidden": hidden})


_RECEIVERS: Final = ("email", "to")


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
    if policy.muted or state.failures < policy.after or not _may_mail(state, now, policy):
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
    if policy.muted or not (state.alerted and policy.on_recovery):
        return over, None
    return replace(over, unreported_failures=0), Alert(
        kind=AlertKind.RECOVERY, count=state.unreported_failures
    )


def _may_mail(state: FailureStreak, now: datetime, policy: AlertPolicy) -> bool:
    if state.alerted_at is None:
        return True
    # A mail from the future means that the clock was set back: it must not silence the job until then.
    return not timedelta(0) <= now - state.alerted_at < policy.every
