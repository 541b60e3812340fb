# do not pre-load
"""What the mails to the administrator say; nothing is sent here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ..core.alerts import Alert, AlertKind
from ..core.run import Due, FinishedRun, Status
from ..core.text import cut

#: No mail is longer, in characters.
LIMIT: Final = 10_000
_SUBJECT_LIMIT: Final = 200
_MESSAGE_LIMIT: Final = 1_000
#: how much of a mail the traceback may take when variables follow it
_TRACEBACK_LIMIT: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A plain-text mail: `subject` is one line, `text` at most `LIMIT` characters."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who writes: stands in every mail."""

    #: docassemble's `appname`
    app: str
    #: host name of the server that ran the job
    server: str


def failure_mail(sender: Sender, run: FinishedRun, alert: Alert, variables: str = "") -> Mail:
    """Render a run that failed, timed out or was interrupted; `variables` are those of the stack, as text."""
    error = run.error_text
    facts = _facts(sender, run, alert)
    if error is not None and run.status is Status.FAILED:
        facts["Error"] = f"{error.name}: {cut(error.message, _MESSAGE_LIMIT)}"
    text = f"{_what_happened(run, alert)}\n\n{_table(facts)}\n"
    if error is not None:
        room = _TRACEBACK_LIMIT if variables else LIMIT - len(text) - 1
        text += f"\n{cut(error.traceback, room)}"
    if variables:
        text += f"\nThe variables of the job's own code:\n\n{variables}"
    return _mail(sender, f"{run.job} {_headline(run, alert)}", text)


_VERBS: Final = {Status.TIMED_OUT: "timed out", Status.INTERRUPTED: "was interrupted"}


def _what_happened(run: FinishedRun, alert: Alert) -> str:
    verb = _VERBS.get(run.status, "failed")
    if run.reason:
        verb += f": {run.reason}"
    if alert.kind is not AlertKind.STILL_FAILING:
        return f"The job {run.job} {verb}."
    more = f" This time it {verb}." if run.status in _VERBS else ""
    return f"The job {run.job} is still failing.{more}"


def _headline(run: FinishedRun, alert: Alert) -> str:
    error = run.error_text
    cause = error.name if error is not None and run.status is Status.FAILED else run.status.value
    if alert.kind is AlertKind.STILL_FAILING:
        return f"is still failing: {cause}"
    return _VERBS.get(run.status, f"failed: {cause}")


def recovery_mail(sender: Sender, run: FinishedRun, alert: Alert) -> Mail:
    """Render the first success after failures that were mailed."""
    text = f"The job {run.job} works again.\n\n{_table(_facts(sender, run, alert))}\n"
    return _mail(sender, f"{run.job} works again", text)


def critical_mail(sender: Sender, job: str | None, message: str, alert: Alert) -> Mail:
    """Render `log(message, 'critical')`, called by `job` or outside any."""
    facts = {
        "Job": job or "none",
        "Server": sender.server,
        "Such messages since the last mail": str(alert.count),
    }
    text = f"A critical message was logged.\n\n{_table(facts)}\n"
    return _mail(
        sender,
        f"critical message of {job or 'the scheduler'}",
        f"{text}\n{cut(message, LIMIT - len(text) - 1)}",
    )


def late_mail(sender: Sender, due: Due, late: timedelta, margin: timedelta, alert: Alert) -> Mail:
    """Render a run that began later than its job's `check-in margin`."""
    facts = {
        "Job": due.job.name,
        "Due": due.local.isoformat(" ", "seconds"),
        "Late by": _seconds(late),
        "Check-in margin": _seconds(margin),
        "Server": sender.server,
        "Late starts since the last mail": str(alert.count),
    }
    text = f"The job {due.job.name} started later than its check-in margin allows.\n\n{_table(facts)}\n"
    return _mail(sender, f"{due.job.name} started late", text)


def _facts(sender: Sender, run: FinishedRun, alert: Alert) -> dict[str, str]:
    facts = {"Job": run.job, "Due": run.due.isoformat(" ", "seconds")}
    if run.attempt > 1:
        facts["Attempts"] = str(run.attempt)
    if run.duration is not None:
        facts["Duration"] = _seconds(run.duration)
    facts["Server"] = run.server or sender.server
    facts["Failures since the last mail"] = str(alert.count)
    return facts


def _seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():.3f} s"


def _table(facts: dict[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in facts.items())


def _mail(sender: Sender, subject: str, text: str) -> Mail:
    printable = "".join(letter if letter.isprintable() else " " for letter in f"{sender.app}: {subject}")
    return Mail(subject=cut(" ".join(printable.split()), _SUBJECT_LIMIT), text=cut(_sendable(text), LIMIT))


def _sendable(text: str) -> str:
    """Make `text` fit for a mail: no lone surrogates, which cannot be encoded, and no control characters."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(letter if letter >= " " or letter in "\n\t" else " " for letter in whole)
