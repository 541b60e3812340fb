# do not pre-load
"""Run Python functions on time inside docassemble.

Schedule (each returns the id of a job):
    schedule_in(delay, func)            call a function once, after a time
    schedule_at(when, func)             call a function once, at a time
    schedule_every(id, interval, func)  call a function at every multiple of a time
    schedule_cron(id, crontab, func)    call a function when a crontab expression says so
    cancel(id)                          remove a job that was added

In a session of an interview:
    schedule_action(delay, action)      run an action in this session after a time, or at= a time, every= so often
    cancel_action(id)                   take it away again
    scheduled_actions()                 the actions that wait in this session

Any job, added or in the configuration:
    run_now(name)                       run it now
    backfill(name, since)               run its due times that passed without a success; which ones these are says
                                        due_times_without_success(name, since)
    pause(name), resume(name)           skip its due times, and run it again
    pause_all(), resume_all()           the same with all jobs
    jobs(), history(name)               every job and its state, and the latest runs of one

Inside of a job:
    current_run()                       the run that this is: its due time, should_stop(), progress(), track()
    log(msg, lvl="info")                write a line to scheduler.log

Errors are a SchedulerError, with a hint. `help(docassemble.Scheduler.schedule_in)`, and so on, tells more.

`from docassemble.Scheduler import *`, which `modules:` of an interview does, leaves out the names that an interview
may have itself: `backfill`, `cancel`, `history`, `jobs`, `log`, `pause`, `resume`, `Status`, `Trigger`. Import those
by name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .core.errors import (
        ArgumentError,
        DefinitionError,
        DurationError,
        FunctionError,
        HostError,
        JobStopped,
        JobTimeout,
        NotPossible,
        SchedulerError,
        StoreUnavailable,
        UnknownJob,
    )
    from .core.run import FinishedRun, StopReason
    from .core.run import Status as Status
    from .core.run import Trigger as Trigger
    from .execution.context import CurrentRun, current_run
    from .runtime.client import backfill as backfill
    from .runtime.client import cancel as cancel
    from .runtime.client import (
        due_times_without_success,
        pause_all,
        resume_all,
        run_now,
        schedule_at,
        schedule_cron,
        schedule_every,
        schedule_in,
    )
    from .runtime.client import history as history
    from .runtime.client import jobs as jobs
    from .runtime.client import pause as pause
    from .runtime.client import resume as resume
    from .runtime.session_actions import cancel_action, schedule_action, scheduled_actions
    from .scheduler_logger import log as log

__version__ = "1.0.0"
#: what a star import gives, which docassemble makes for `modules:`: in the namespace of an interview, a name that is
#: there is never asked for, and `log` would take the place of docassemble's own
__all__ = [
    "ArgumentError",
    "CurrentRun",
    "DefinitionError",
    "DurationError",
    "FinishedRun",
    "FunctionError",
    "HostError",
    "JobStopped",
    "JobTimeout",
    "NotPossible",
    "SchedulerError",
    "StopReason",
    "StoreUnavailable",
    "UnknownJob",
    "cancel_action",
    "current_run",
    "due_times_without_success",
    "pause_all",
    "resume_all",
    "run_now",
    "schedule_action",
    "schedule_at",
    "schedule_cron",
    "schedule_every",
    "schedule_in",
    "scheduled_actions",
]
#: what is imported by name only
_BY_NAME = (
    "Status",
    "Trigger",
    "backfill",
    "cancel",
    "history",
    "jobs",
    "log",
    "pause",
    "resume",
)

#: the modules that have these names; what is light comes first
_MODULES = (
    "core.errors",
    "core.run",
    "execution.context",
    "scheduler_logger",
    "runtime.client",
    "runtime.session_actions",
)


def __getattr__(name: str) -> Any:
    """Import what is asked for: every process of docassemble imports this package, and few of them use it."""
    if name in __all__ or name in _BY_NAME:
        for module in _MODULES:
            found = vars(import_module(f"{__name__}.{module}")).get(name)
            if found is not None:
                return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_BY_NAME, *(name for name in globals() if name.startswith("__"))])
