# do not pre-load
"""What happens after a run: its error handler, or a mail to the administrator that is not sent too often."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from . import notices
from .clock import Clock
from .execution import Contexts, Observer, call
from .functions import Functions
from .job_data import SchedulerJobConfig
from .notices import ErrorText, Mail, NoticePolicy, RunFacts, Sender, Streak
from .record import Outcome, Run


class MailHost(Contexts, Protocol):
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


class Desk:
    """Sends the mails of the scheduler to the administrator, as often as the policy allows."""

    def __init__(self, host: MailHost, policy: NoticePolicy, clock: Clock, logger: logging.Logger) -> None:
        self._host = host
        self._policy = policy
        self._clock = clock
        self._logger = logger
        self._lock = threading.Lock()
        self._streaks: dict[tuple[str, str], Streak] = {}

    def failed(self, run: Run, outcome: Outcome, error: ErrorText) -> None:
        """Count a failure, and mail it if it is time."""
        if notice := self._count_failure(("run", run.job.name)):
            self._send(notices.failure_mail(self._sender(), _facts(run, outcome), notice, error))

    def succeeded(self, run: Run, outcome: Outcome) -> None:
        """Count a success, and mail it if it ends failures that were mailed."""
        with self._lock:
            key = ("run", run.job.name)
            self._streaks[key], notice = notices.succeeded(self._streaks.get(key, Streak()), self._policy)
        if notice:
            self._send(notices.recovery_mail(self._sender(), _facts(run, outcome), notice))

    def critical(self, job: str | None, message: str) -> None:
        """Mail a message that was logged as critical, under the same limit."""
        if notice := self._count_failure(("message", job or "")):
            self._send(notices.critical_mail(self._sender(), job, message, notice))

    def _count_failure(self, key: tuple[str, str]) -> notices.Notice | None:
        with self._lock:
            self._streaks[key], notice = notices.failed(
                self._streaks.get(key, Streak()), self._clock.now(), self._policy
            )
        return notice

    def _sender(self) -> Sender:
        return Sender(app=self._host.application_name, server=self._host.server_name)

    def _send(self, mail: Mail) -> None:
        recipients = self._host.error_recipients
        if not recipients:
            return
        try:
            self._host.mail(mail.subject, mail.text, recipients)
        except Exception as error:  # noqa: BLE001 - the mail server is not ours; the log has what the mail says
            self._logger.error(
                "The mail %r could not be sent: %s: %s", mail.subject, type(error).__name__, error
            )


class Failures:
    """Writes the journal of runs and deals with those that fail; the observer of `Execution`."""

    def __init__(
        self,
        *,
        journal: Observer,
        desk: Desk,
        contexts: Contexts,
        functions: Functions,
        logger: logging.Logger,
    ) -> None:
        self._journal = journal
        self._desk = desk
        self._contexts = contexts
        self._functions = functions
        self._logger = logger

    def started(self, run: Run) -> None:
        """Say that the run begins."""
        self._journal.started(run)

    def finished(self, run: Run, outcome: Outcome) -> None:
        """Say how it ended; hand an error to the job's error handler, or mail it."""
        self._journal.finished(run, outcome)
        if outcome.error is None:
            self._desk.succeeded(run, outcome)
        elif run.job.error_handler is None:
            self._desk.failed(run, outcome, ErrorText.of(outcome.error))
        else:
            self._hand_over(run, outcome, outcome.error, run.job.error_handler)

    def _hand_over(self, run: Run, outcome: Outcome, error: BaseException, handler: str) -> None:
        try:
            with self._contexts.context(run.job.run_as):
                call(self._functions.find(handler), error, SchedulerJobConfig.of(run.job))
        except Exception as second:  # the default handler is the way out that 0.2.x documents
            self._logger.exception("The error handler %s failed, the default one takes over", handler)
            self._desk.failed(run, outcome, _both(ErrorText.of(error), handler, ErrorText.of(second)))


class CriticalMail(logging.Handler):
    """Mails records of the level CRITICAL."""

    def __init__(self, send: Callable[[str | None, str], None]) -> None:
        super().__init__(logging.CRITICAL)
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        """Mail one record."""
        self._send(getattr(record, "job", None), record.getMessage())


def _both(error: ErrorText, handler: str, second: ErrorText) -> ErrorText:
    more = f"The error handler {handler} failed as well:\n\n{second.traceback}"
    return replace(error, traceback=f"{error.traceback}\n{more}")


def _facts(run: Run, outcome: Outcome) -> RunFacts:
    return RunFacts(job=run.job.name, due=run.due.at, duration=outcome.duration)
