# do not pre-load
"""When a failure is mailed, and what the mail says: values and functions, nothing is sent here.

A job that fails is mailed once, then at most once in a while with the number of failures
since, then once when it works again (CONFIGURATION.md, Notices).
"""

from __future__ import annotations

import traceback as tracebacks
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

#: No mail is longer, in characters.
LIMIT: Final = 10_000
_SUBJECT_LIMIT: Final = 200
_MESSAGE_LIMIT: Final = 1_000


class NoticeKind(Enum):
    """What a notice tells."""

    FAILURE = "failure"
    STILL_FAILING = "still failing"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePolicy:
    """The setting `notify`."""

    #: failures in a row before the first mail; at least 1
    after: int = 1
    #: shortest time between two mails about failures of one job, also when it worked in between
    every: timedelta = timedelta(hours=1)
    on_recovery: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Streak:
    """What has to be remembered of a job between its runs; `Streak()` is a job that never failed."""

    #: failures since the last success
    failures: int = 0
    #: failures since the last mail
    unreported: int = 0
    #: whether the present failures have been mailed
    known: bool = False
    #: the last mail about a failure, aware
    mailed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A mail that is due now."""

    kind: NoticeKind
    #: failures since the last mail, the present one included; for a recovery: those not mailed yet
    count: int


def failed(state: Streak, now: datetime, policy: NoticePolicy) -> tuple[Streak, Notice | None]:
    """Count a failure at `now` (aware); the notice is to be mailed."""
    state = replace(state, failures=state.failures + 1, unreported=state.unreported + 1)
    if state.failures < policy.after or not _may_mail(state, now, policy):
        return state, None
    kind = NoticeKind.STILL_FAILING if state.known else NoticeKind.FAILURE
    notice = Notice(kind=kind, count=state.unreported)
    return replace(state, unreported=0, known=True, mailed_at=now), notice


def succeeded(state: Streak, policy: NoticePolicy) -> tuple[Streak, Notice | None]:
    """Count a success; only a failure that was mailed has its recovery mailed, whenever that is.

    A job that fails and works in turns is limited like one that only fails: the time of the
    last mail outlives the success, and failures that were not mailed are in the next count.
    """
    if not state.failures:
        return state, None
    over = replace(state, failures=0, known=False)
    if not (state.known and policy.on_recovery):
        return over, None
    return replace(over, unreported=0), Notice(kind=NoticeKind.RECOVERY, count=state.unreported)


def _may_mail(state: Streak, now: datetime, policy: NoticePolicy) -> bool:
    if state.mailed_at is None:
        return True
    # A mail from the future means that the clock was set back: it must not silence the job until then.
    return not timedelta(0) <= now - state.mailed_at < policy.every


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorText:
    """An exception as text, as it can be stored and mailed."""

    #: name of the class, with its module unless that is builtin: `ValueError`, `requests.Timeout`
    name: str
    message: str
    #: as Python prints it; it shows lines of source, never the values of variables
    traceback: str

    @classmethod
    def of(cls, error: BaseException) -> ErrorText:
        """Describe `error`, with its causes; never fails, whatever the exception's own methods do."""
        described = tracebacks.TracebackException.from_exception(error, capture_locals=False)
        name = type(error).__qualname__
        module = type(error).__module__
        return cls(
            name=name if module in {"builtins", "__main__"} else f"{module}.{name}",
            message=str(described),
            traceback="".join(described.format()),
        )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """The run a mail is about."""

    job: str
    #: aware; shown in its own zone
    due: datetime
    duration: timedelta


def failure_mail(sender: Sender, run: RunFacts, notice: Notice, error: ErrorText) -> Mail:
    """Render a failed run."""
    verb = "is still failing" if notice.kind is NoticeKind.STILL_FAILING else "failed"
    facts = _facts(sender, run, notice)
    facts["Error"] = f"{error.name}: {_cut(error.message, _MESSAGE_LIMIT)}"
    text = f"The job {run.job} {verb}.\n\n{_table(facts)}\n"
    return _mail(
        sender,
        f"{run.job} {verb}: {error.name}",
        f"{text}\n{_cut(error.traceback, LIMIT - len(text) - 1)}",
    )


def recovery_mail(sender: Sender, run: RunFacts, notice: Notice) -> Mail:
    """Render the first success after failures that were mailed."""
    text = f"The job {run.job} works again.\n\n{_table(_facts(sender, run, notice))}\n"
    return _mail(sender, f"{run.job} works again", text)


def critical_mail(sender: Sender, job: str | None, message: str, notice: Notice) -> Mail:
    """Render `log(message, 'critical')`, called by `job` or outside any."""
    facts = {
        "Job": job or "none",
        "Server": sender.server,
        "Such messages since the last mail": str(notice.count),
    }
    text = f"A critical message was logged.\n\n{_table(facts)}\n"
    return _mail(
        sender,
        f"critical message of {job or 'the scheduler'}",
        f"{text}\n{_cut(message, LIMIT - len(text) - 1)}",
    )


def _facts(sender: Sender, run: RunFacts, notice: Notice) -> dict[str, str]:
    return {
        "Job": run.job,
        "Due": run.due.isoformat(" ", "seconds"),
        "Duration": f"{run.duration.total_seconds():.3f} s",
        "Server": sender.server,
        "Failures since the last mail": str(notice.count),
    }


def _table(facts: dict[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in facts.items())


def _mail(sender: Sender, subject: str, text: str) -> Mail:
    printable = "".join(letter if letter.isprintable() else " " for letter in f"{sender.app}: {subject}")
    return Mail(subject=_cut(" ".join(printable.split()), _SUBJECT_LIMIT), text=_cut(_sendable(text), LIMIT))


def _sendable(text: str) -> str:
    """Make `text` fit for a mail: no lone surrogates, which cannot be encoded, and no control characters."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(letter if letter >= " " or letter in "\n\t" else " " for letter in whole)


def _cut(text: str, limit: int) -> str:
    """Take the middle out of a text that is too long: its end says most, its beginning where it began."""
    if len(text) <= limit:
        return text
    mark = " [...] "
    half = max(limit - len(mark), 0) // 2
    return f"{text[:half]}{mark}{text[len(text) - half :]}"[:limit]
