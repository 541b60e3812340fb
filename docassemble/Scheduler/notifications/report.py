# do not pre-load
"""What people are told of one alert: values, from which mails and messages are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any, Final

from ..core.alerts import Alert, AlertKind
from ..core.run import Due, FinishedRun, Run, Status
from ..core.texts.text import cut

#: no headline is longer, no message of an exception or of `log()` in a report (characters)
MAX_HEADLINE: Final = 300
MAX_MESSAGE: Final = 1_000
_TRACEBACK: Final = "Traceback (most recent call last)"


class ReportKind(Enum):
    """What a report is about."""

    FAILURE = "failure"
    STILL_FAILING = "still failing"
    RECOVERY = "recovery"
    CRITICAL = "critical message"
    LATE = "late start"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who writes: stands in every message."""

    #: docassemble's `appname`
    app: str
    #: host name of the server that ran the job
    server: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One alert, for people."""

    kind: ReportKind
    job: str | None
    #: one line: what happened, to which job, and why
    headline: str
    #: what else is to be known, by its name
    facts: Mapping[str, str] = field(default_factory=dict)
    #: traceback, or what was logged
    detail: str = ""
    #: values of variables: for mails only
    variables: str = ""
    #: the page of the run; None when the address of the site is not known
    link: str | None = None
    #: for programs: JSON
    data: Mapping[str, Any] = field(default_factory=dict)


def one_line(text: str, limit: int) -> str:
    """Return a text as one line of visible characters."""
    text = text[: 4 * limit] if len(text) > 4 * limit else text
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return cut(" ".join(printable.split()), limit)


def sendable(text: str) -> str:
    """Make a text fit to be sent: no lone surrogates, which cannot be encoded, and no control characters."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(letter if letter >= " " or letter in "\n\t" else " " for letter in whole)


_VERBS: Final = {Status.TIMED_OUT: "timed out", Status.INTERRUPTED: "was interrupted"}


def of_failure(sender: Sender, run: FinishedRun, alert: Alert, variables: str = "") -> Report:
    """Tell of a run that failed, timed out or was interrupted; `variables` are those of the stack, as text."""
    error = run.error_text
    facts = _facts(sender, run, alert)
    if error is not None and run.status is Status.FAILED:
        facts["Error"] = f"{error.name}: {cut(error.message, MAX_MESSAGE)}"
    is_old = alert.kind is AlertKind.STILL_FAILING
    return Report(
        kind=ReportKind.STILL_FAILING if is_old else ReportKind.FAILURE,
        job=run.job,
        headline=one_line(f"{run.job} {_what_happened(run, is_old=is_old)}", MAX_HEADLINE),
        facts=facts,
        detail="" if error is None else error.traceback,
        variables=variables,
        data=_data(sender, run, alert),
    )


def _what_happened(run: FinishedRun, *, is_old: bool) -> str:
    if run.status not in _VERBS:
        error = run.error_text
        why = run.reason or (f"{error.name}: {error.message[:MAX_MESSAGE]}" if error else run.status.value)
        return f"is still failing: {why}" if is_old else f"failed: {why}"
    verb = _VERBS[run.status] + (f": {run.reason}" if run.reason else "")
    return f"is still failing; this time it {verb}" if is_old else verb


def of_recovery(sender: Sender, run: FinishedRun, alert: Alert) -> Report:
    """Tell of the first success after failures that were told."""
    return Report(
        kind=ReportKind.RECOVERY,
        job=run.job,
        headline=one_line(f"{run.job} works again", MAX_HEADLINE),
        facts=_facts(sender, run, alert),
        data=_data(sender, run, alert),
    )


def of_critical(
    sender: Sender, job: str | None, message: str, alert: Alert, run: str | None = None
) -> Report:
    """Tell of `log(message, 'critical')`, called by `job` or outside any."""
    told = cut(message.partition(_TRACEBACK)[0].rstrip(), MAX_MESSAGE)
    facts = {
        "Job": job or "none",
        "Server": sender.server,
        "Such messages since the last one": str(alert.count),
    }
    return Report(
        kind=ReportKind.CRITICAL,
        job=job,
        headline=one_line(f"critical message of {job or 'the scheduler'}: {_gist(message)}", MAX_HEADLINE),
        facts=facts,
        detail=message,
        data={
            "run": run,
            "message": told,
            "count": alert.count,
            "server": sender.server,
        },
    )


def _gist(message: str) -> str:
    """Return the line of a message that says most: the first one, or of a traceback the last one."""
    lines = [line for line in cut(message, 2 * MAX_MESSAGE).splitlines() if line.strip()] or [""]
    return lines[-1 if lines[0].startswith(_TRACEBACK) else 0]


def of_late_start(sender: Sender, run: Run, late: timedelta, margin: timedelta, alert: Alert) -> Report:
    """Tell of a run that began later than its job's `check-in margin`."""
    due: Due = run.due
    facts = {
        "Job": due.job.name,
        "Due": due.local.isoformat(" ", "seconds"),
        "Late by": _seconds(late),
        "Check-in margin": _seconds(margin),
        "Server": sender.server,
        "Late starts since the last message": str(alert.count),
    }
    return Report(
        kind=ReportKind.LATE,
        job=due.job.name,
        headline=one_line(f"{due.job.name} started late, by {_seconds(late)}", MAX_HEADLINE),
        facts=facts,
        data={
            "run": run.id,
            "due": _instant(due.at),
            "late_by": late.total_seconds(),
            "check_in_margin": margin.total_seconds(),
            "count": alert.count,
            "server": sender.server,
        },
    )


def of_test(sender: Sender) -> Report:
    """Say that it is a test, for somebody who tries whether messages arrive."""
    return Report(
        kind=ReportKind.TEST,
        job=None,
        headline="a test: messages of the scheduler arrive here",
        facts={"Server": sender.server},
        data={"server": sender.server},
    )


def _facts(sender: Sender, run: FinishedRun, alert: Alert) -> dict[str, str]:
    facts = {"Job": run.job, "Due": run.due.isoformat(" ", "seconds")}
    if run.attempt > 1:
        facts["Attempts"] = str(run.attempt)
    if run.duration is not None:
        facts["Duration"] = _seconds(run.duration)
    facts["Server"] = run.server or sender.server
    facts["Failures since the last message"] = str(alert.count)
    return facts


def _data(sender: Sender, run: FinishedRun, alert: Alert) -> dict[str, Any]:
    error = run.error_text
    return {
        "run": run.id,
        "status": run.status.value,
        "due": _instant(run.due),
        "attempt": run.attempt,
        "started": _instant(run.started),
        "finished": _instant(run.finished),
        "duration": None if run.duration is None else run.duration.total_seconds(),
        "reason": run.reason,
        "error": error and {"type": error.name, "message": cut(error.message, MAX_MESSAGE)},
        "count": alert.count,
        "server": run.server or sender.server,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(timezone.utc).isoformat()


def _seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():.3f} s"
