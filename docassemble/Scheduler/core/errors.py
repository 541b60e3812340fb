# do not pre-load
"""The exceptions of the package: each a `SchedulerError`, but for those that are raised inside a job to stop it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .problem import Problem


def closest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return which of the known words was probably meant, or an empty text when none is near."""
    # a word as long as a page is no typo, and comparing it would take long
    return next(iter(get_close_matches(word[:190], list(known), n=1, cutoff=cutoff)), "")


def capital(text: str) -> str:
    """Return a sentence with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


class SchedulerError(Exception):
    """Anything the scheduler itself raises. ``hint`` says the way out, for people."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        if hint and hasattr(self, "add_note"):  # Python 3.11 and later: tracebacks show it
            self.add_note(f"Hint: {hint}")

    @property
    def explanation(self) -> str:
        """The message and the way out, as sentences."""
        texts = (capital(text) for text in (str(self), self.hint) if text)
        return " ".join(text if text.endswith((".", "?")) else f"{text}." for text in texts)


class ScheduleError(SchedulerError):
    """A schedule that cannot be built, or that can never fire."""


class FieldError(ScheduleError):
    """One field of a field-style cron schedule is wrong; ``field`` names it (``minute``, ``day``, ...)."""

    def __init__(self, field: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.field = field


class DurationError(SchedulerError):
    """A text or number that is not a duration."""


class FunctionError(SchedulerError):
    """A dotted name that leads to no importable, callable thing."""


class GeneratorError(FunctionError):
    """A dotted name that leads to a generator function: calling it runs none of its code."""


class UnfinishedWork(SchedulerError):
    """A function returned before its work was done: a generator, a coroutine that nobody awaited."""


class HostError(SchedulerError):
    """docassemble or uWSGI is not as the scheduler needs it."""


class StoreUnavailable(SchedulerError):
    """The database cannot be reached, or does not do what it is asked; it may be tried again."""


class NotStorable(StoreUnavailable):
    """The database cannot keep a value, for example a character that its encoding does not have."""


class RowsLocked(StoreUnavailable):
    """Somebody else has locked what is to be changed, and for long; the rest of the database may well answer."""


class TableUnreadable(SchedulerError):
    """The rows of a table of `jobs from` cannot be had; the message is without passwords."""


class MonitorError(SchedulerError):
    """A monitor could not be pinged; the message is without its address."""


class WebhookError(SchedulerError):
    """A webhook did not take a message; what it says is without its address."""


class UnknownJob(SchedulerError):
    """There is no job of that name; ``job`` is the name."""

    def __init__(self, job: str, known: Iterable[str]) -> None:
        close = closest(job, known)
        hint = f"did you mean {close!r}?" if close else "see which jobs there are"
        super().__init__(f"there is no job {job!r}", hint=hint)
        self.job = job


class UnknownRun(SchedulerError):
    """There is no record of that run, or none any more; ``run`` is its identifier."""

    def __init__(self, run: str) -> None:
        super().__init__(
            f"there is no run {run!r}",
            hint="identifiers have 32 hexadecimal digits; old records are deleted (`keep history`)",
        )
        self.run = run


class DefinitionError(SchedulerError):
    """A job that is to be added at run time is not one; ``problems`` are those of a configuration."""

    def __init__(self, message: str, *, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)

    @property
    def explanation(self) -> str:
        """The message as a sentence, and the way out; of several problems, each in a line."""
        if len(self.problems) > 1:
            return "\n".join(str(problem) for problem in self.problems)
        return super().explanation

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> DefinitionError:
        """Return what the first of these problems comes to; the others are in ``problems``."""
        first = problems[0]
        where = " -> ".join(first.place[1:])
        return cls(f"{where}: {first.sentence}", hint=first.hint, problems=problems)


class ArgumentError(SchedulerError):
    """An argument of a function cannot be kept as JSON; ``argument`` names it: ``kwargs['user']``."""

    def __init__(self, argument: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{argument} {message}", hint=hint)
        self.argument = argument


class BadRequest(SchedulerError):
    """A call of the JSON API that cannot be read: a parameter is missing or wrong, the body is no JSON."""


class LimitExceeded(SchedulerError):
    """A call of an address took too long, or its answer was too long; the message is the end of a sentence."""


class NotPossible(SchedulerError):
    """What is asked for makes no sense now: trying a run again that succeeded, say."""

    @classmethod
    def disabled(cls, job: str) -> NotPossible:
        """Return the error for a job that is disabled and is to run."""
        hint = "take `enabled: false` away; a paused job can be run by hand"
        return cls(f"the job {job!r} is disabled", hint=hint)


class NotPermitted(SchedulerError):
    """More than docassemble lets the caller do."""


class RunSkipped(SchedulerError):
    """Raised by a job that finds nothing to be done: its run is recorded as skipped, for this reason."""


class JobStopped(BaseException):
    """Raised inside a job that is to stop, at its next Python instruction; to be let through after cleaning up.

    Not an Exception, so that `except Exception` in a loop does not keep it going.
    """

    def __init__(self, message: str = "the job was asked to stop") -> None:
        super().__init__(message)


class JobTimeout(JobStopped):
    """Raised inside a job whose `max runtime` is over."""

    def __init__(self, message: str = "the `max runtime` of the job is over") -> None:
        super().__init__(message)


def is_interruption(error: BaseException) -> bool:
    """Return whether an exception is meant for this thread, so that no boundary around foreign code may catch it.

    That is what stops a run, and Ctrl-C, which Python raises in the main thread only.
    """
    kind = type(error)
    if issubclass(kind, JobStopped):
        return True
    return issubclass(kind, KeyboardInterrupt) and threading.current_thread() is threading.main_thread()
