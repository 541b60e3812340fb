# do not pre-load
"""The notifier that tells the administrator of failures: not too often, and again when things work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

from ..core import alerts
from ..core.alerts import Alert, AlertPolicy, FailureStreak
from ..core.clock import Clock
from ..core.errors import StoreUnavailable
from ..core.job import Job
from ..core.run import FinishedRun, Run
from ..execution.context import current_run
from ..execution.observers import RunObserver
from ..store.base import Store
from . import report
from .delivery import Delivery, DeliveryQueue
from .digests import Digests
from .message import Digest
from .outgoing import MailHost, Outgoing, Post, Target
from .report import Report


class Notifier:
    """Tells the administrator, by mail and webhooks, as often as `notify` allows: the setting, and the job's own.

    Failures of jobs are counted in `streaks`, which all servers share, and in the memory of this process only
    while that does not answer. Messages and late starts are always counted here.
    """

    def __init__(  # noqa: PLR0913 - the ports it is composed of
        self,
        host: MailHost,
        policy: AlertPolicy,
        *,
        streaks: Store,
        deliveries: DeliveryQueue,
        post: Post,
        clock: Clock,
        logger: logging.Logger,
        has_pages: bool = True,
    ) -> None:
        """`has_pages` says whether the dashboard is served."""
        self._policy = policy
        self._streaks = streaks
        self._clock = clock
        self._outgoing = Outgoing(host, post, clock, has_pages=has_pages)
        self._digests = Digests(partial(self._outgoing.send, deliveries=deliveries), clock, logger)
        self._lock = threading.Lock()
        self._own_streaks: dict[tuple[str, str], FailureStreak] = {}

    def failed(self, run: FinishedRun, variables: Callable[[], str], job: Job | None = None) -> None:
        """Count a failure that is final, and tell it if it is time; `variables` returns those of the stack."""
        policy = self._policy_of(job)
        try:
            alert = self._streaks.count_failure(run.job, self._clock.now(), policy)
        except StoreUnavailable:  # told by those who cannot do without it
            alert = self._count_failure(("run", run.job), policy)
        if alert:
            shown = variables() if policy.variables else ""
            told = report.of_failure(self._outgoing.sender, run, alert, shown)
            self._tell(policy, told, run.id)

    def succeeded(self, run: FinishedRun, *, failing: bool, job: Job | None = None) -> None:
        """Count a success, and tell it if it ends failures that were told.

        `failing` says whether there is something to end, as far as the shared memory knows: mostly there is not,
        and a success costs nothing.
        """
        alert = self._count_success(("run", run.job), job)
        if failing:
            with suppress(StoreUnavailable):  # then the next success ends them
                alert = self._streaks.count_success(run.job, self._policy_of(job)) or alert
        if alert:
            told = report.of_recovery(self._outgoing.sender, run, alert)
            self._tell(self._policy_of(job), told, run.id)

    def critical(self, job: str | None, message: str) -> None:
        """Tell a message that was logged as critical, under the same limit."""
        current = current_run()
        policy = self._policy_of(None if current is None else current.run.job)
        if alert := self._count_failure(("message", job or ""), replace(policy, after=1)):
            run = None if current is None else current.id
            self._tell(policy, report.of_critical(self._outgoing.sender, job, message, alert, run), run)

    def late(self, run: Run, late: timedelta, margin: timedelta) -> None:
        """Tell that a run began later than its job's margin, under the same limit."""
        policy = self._policy_of(run.job)
        if alert := self._count_failure(("late", run.job.name), replace(policy, after=1)):
            told = report.of_late_start(self._outgoing.sender, run, late, margin, alert)
            self._tell(policy, told, run.id)

    def tests(self, job: Job | None) -> list[tuple[Target, Delivery]]:
        """Make a test message for each receiver: of a job, or of all that have none of their own."""
        sender = self._outgoing.sender
        digest = Digest(sender=sender, reports=(report.of_test(sender),))
        targets = self._outgoing.targets(self._policy_of(job))
        return [(target, self._outgoing.delivery(target, digest)) for target in targets]

    def flush(self) -> None:
        """Send what waits for others to go out together; at the end of the process."""
        self._digests.flush()

    def _policy_of(self, job: Job | None) -> AlertPolicy:
        if job is None or job.notify is None:
            return self._policy
        return self._policy.changed(job.notify, hidden="notify" in job.written)

    def _count_failure(self, key: tuple[str, str], policy: AlertPolicy) -> Alert | None:
        with self._lock:
            self._own_streaks[key], alert = alerts.failed(
                self._own_streaks.get(key, FailureStreak()), self._clock.now(), policy
            )
        return alert

    def _count_success(self, key: tuple[str, str], job: Job | None) -> Alert | None:
        with self._lock:
            if key not in self._own_streaks:
                return None
            self._own_streaks[key], alert = alerts.succeeded(self._own_streaks[key], self._policy_of(job))
        return alert

    def _tell(self, policy: AlertPolicy, told: Report, run: str | None) -> None:
        told, sender = replace(told, link=self._outgoing.link(run)), self._outgoing.sender
        for target in self._outgoing.targets(policy):
            self._digests.add(target, sender, told)


class MailHandler(logging.Handler):
    """Tells records of the level CRITICAL."""

    def __init__(self, send: Callable[[str | None, str], None]) -> None:
        super().__init__(logging.CRITICAL)
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        """Tell one record, if it was written with `log()`: libraries have their own idea of what is critical."""
        if getattr(record, "source", None) is None:
            self._send(getattr(record, "job", None), record.getMessage())


class LateStartObserver(RunObserver):
    """Looks at the start of each run whether it is too late."""

    def __init__(self, notifier: Notifier, logger: logging.Logger, clock: Clock) -> None:
        self._notifier = notifier
        self._logger = logger
        self._clock = clock

    def started(self, run: Run) -> None:
        """Report a run that begins too late; one that is tried again is late on purpose, one on demand never."""
        margin = run.job.check_in_margin
        late = self._clock.now() - run.due.at
        if margin is None or run.job.is_on_demand or run.attempt > 1 or late <= margin:
            return
        self._logger.warning(
            "LATE due %s, started %.3f s later; its check-in margin is %.3f s",
            run.due.local.isoformat(),
            late.total_seconds(),
            margin.total_seconds(),
            extra={
                "job": run.job.name,
                "run": run.id,
                "due": run.due.at.isoformat(),
                "event": "late",
            },
        )
        self._notifier.late(run, late, margin)
