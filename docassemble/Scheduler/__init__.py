# do not pre-load
"""docassemble.Scheduler: Python functions that run on time inside docassemble."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import (
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
    from .current import CurrentRun, current_run
    from .errors import (
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
    from .record import FinishedRun, Status, StopReason, Trigger
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

#: the modules that have what is not in `api`
_ELSEWHERE = {
    "current": ("CurrentRun", "current_run"),
    "errors": (
        "ArgumentError",
        "DefinitionError",
        "DurationError",
        "FunctionError",
        "HostError",
        "JobStopped",
        "JobTimeout",
        "NotPossible",
        "SchedulerError",
        "StoreUnavailable",
        "UnknownJob",
    ),
    "record": ("FinishedRun", "Status", "StopReason", "Trigger"),
    "scheduler_logger": ("log",),
}
_HOMES = dict.fromkeys(__all__, "api") | {
    name: module for module, names in _ELSEWHERE.items() for name in names
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: every process of docassemble imports this package, and few of them use it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
