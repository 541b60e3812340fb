# do not pre-load
"""docassemble.Scheduler: Python functions that run on time inside docassemble."""

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
    from .core.run import FinishedRun, Status, StopReason, Trigger
    from .execution.context import CurrentRun, current_run
    from .runtime.client import (
        cancel,
        history,
        jobs,
        pause,
        resume,
        run_now,
        schedule_at,
        schedule_cron,
        schedule_every,
        schedule_in,
    )
    from .scheduler_logger import log

__version__ = "1.0.0"
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
    "Status",
    "StopReason",
    "StoreUnavailable",
    "Trigger",
    "UnknownJob",
    "cancel",
    "current_run",
    "history",
    "jobs",
    "log",
    "pause",
    "resume",
    "run_now",
    "schedule_at",
    "schedule_cron",
    "schedule_every",
    "schedule_in",
]

#: the modules that have these names; what is light comes first
_MODULES = ("core.errors", "core.run", "execution.context", "scheduler_logger", "runtime.client")


def __getattr__(name: str) -> Any:
    """Import what is asked for: every process of docassemble imports this package, and few of them use it."""
    if name in __all__:
        for module in _MODULES:
            found = vars(import_module(f"{__name__}.{module}")).get(name)
            if found is not None:
                return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
