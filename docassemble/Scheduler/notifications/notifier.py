# do not pre-load
"""The notifier that mails the administrator: not too often, and told when things work again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Protocol

from ..core import alerts
from ..core.alerts import Alert, AlertPolicy, FailureStreak
from ..core.clock import Clock
from ..core.errors import StoreUnavailable
from ..core.run import Due, FinishedRun, Run
from ..execution.observers import RunObserver
from ..store.base import Store
from . import email
from .delivery import DeliveryQueue
from .email import Mail, Sender


class MailHost(Protocol):
    """The docassemble that mails for us."""

    @property
    def application_name(self) -> str:
        """What the site calls itself."""
        ...

    @property
    def server_name(self) -> str:
        """The name of this server."""
        ...

    @property
    def error_recipients(self) -> Sequence[str]:
        """Who gets mails about errors."""
        ...

    def mail(self, subject: str, text: str, recipients: Sequence[str]) -> None:
        """Send a mail."""
        ...


class Notifier:
    """Sends the mails of the scheduler to the administrator, as often as the setting `notify` allows.

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
        clock: Clock,
        logger: logging.Logger,
    ) -> None:
        self._host = host
        self._policy = policy
        self._streaks = streaks
        self._deliveries = deliveries
        self._clock = clock
        self._logger = logger
        self._lock = threading.Lock()
        self._own_streaks: dict[tuple[str, str], FailureStreak] = {}

    def failed(self, run: FinishedRun, variables: Callable[[], str]) -> None:
        """Count a failure that is final, and mail it if it is time; `variables` returns those of the stack."""
        try:
            alert = self._streaks.count_failure(run.job, self._clock.now(), self._policy)
        except StoreUnavailable:  # told by those who cannot do without it
            alert = self._count_failure(("run", run.job), self._policy)
        if alert:
            shown = variables() if self._policy.variables else ""
            self._send(email.failure_mail(self._sender(), run, alert, shown))

    def succeeded(self, run: FinishedRun, *, failing: bool) -> None:
        """Count a success, and mail it if it ends failures that were mailed.

        `failing` says whether there is something to end, as far as the shared memory knows: mostly there is not,
        and a success costs nothing.
        """
        alert = self._count_success(("run", run.job))
        if failing:
            with suppress(StoreUnavailable):  # then the next success ends them
                alert = self._streaks.count_success(run.job, self._policy) or alert
        if alert:
            self._send(email.recovery_mail(self._sender(), run, alert))

    def critical(self, job: str | None, message: str) -> None:
        """Mail a message that was logged as critical, under the same limit."""
        if alert := self._count_failure(("message", job or ""), replace(self._policy, after=1)):
            self._send(email.critical_mail(self._sender(), job, message, alert))

    def late(self, due: Due, late: timedelta, margin: timedelta) -> None:
        """Mail that a run began later than its job's margin, under the same limit."""
        if alert := self._count_failure(("late", due.job.name), replace(self._policy, after=1)):
            self._send(email.late_mail(self._sender(), due, late, margin, alert))

    def _count_failure(self, key: tuple[str, str], policy: AlertPolicy) -> Alert | None:
        with self._lock:
            self._own_streaks[key], alert = alerts.failed(
                self._own_streaks.get(key, FailureStreak()), self._clock.now(), policy
            )
        return alert

    def _count_success(self, key: tuple[str, str]) -> Alert | None:
        with self._lock:
            if key not in self._own_streaks:
                return None
            self._own_streaks[key], alert = alerts.succeeded(self._own_streaks[key], self._policy)
        return alert

    def _sender(self) -> Sender:
        return Sender(app=self._host.application_name, server=self._host.server_name)

    def _send(self, mail: Mail) -> None:
        recipients = self._policy.email or self._host.error_recipients
        if recipients:
            self._deliveries.put(
                "mail",
                f"The mail {mail.subject!r}",
                partial(self._host.mail, mail.subject, mail.text, recipients),
            )


class MailHandler(logging.Handler):
    """Mails records of the level CRITICAL."""

    def __init__(self, send: Callable[[str | None, str], None]) -> None:
        super().__init__(logging.CRITICAL)
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        """Mail one record."""
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
        self._notifier.late(run.due, late, margin)
