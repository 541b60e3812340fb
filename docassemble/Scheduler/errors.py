# do not pre-load
"""The exceptions of the package.

SchedulerError
+-- ScheduleError          a schedule cannot be built, or can never fire
|   +-- FieldError         one field of a field-style cron schedule
+-- DurationError          text that is not a duration
+-- FunctionError          a dotted name that leads to no function
+-- HostError              docassemble or uWSGI is not as we need it
+-- StoreUnavailable       the database cannot be reached, or does not do what it is asked
+-- MonitorError           a monitor could not be pinged

Raised inside a job that is to stop; not an Exception, so that `except Exception` in a loop does not keep it going:

JobStopped(BaseException)
+-- JobTimeout             its `max runtime` is over
"""

from __future__ import annotations


class SchedulerError(Exception):
    """Anything the scheduler itself raises. ``hint`` says the way out, for people."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


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


class HostError(SchedulerError):
    """docassemble or uWSGI is not as the scheduler needs it."""


class StoreUnavailable(SchedulerError):
    """The database cannot be reached, or does not do what it is asked; it may be tried again."""


class MonitorError(SchedulerError):
    """A monitor could not be pinged; the message is without its address."""


class JobStopped(BaseException):
    """Raised inside a job that is to stop, at its next Python instruction; to be let through after cleaning up."""

    def __init__(self, message: str = "the job was asked to stop") -> None:
        super().__init__(message)


class JobTimeout(JobStopped):
    """Raised inside a job whose `max runtime` is over."""

    def __init__(self, message: str = "the `max runtime` of the job is over") -> None:
        super().__init__(message)
