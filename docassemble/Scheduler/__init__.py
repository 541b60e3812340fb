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

#: the modules that have what is not in `runtime.client`
_ELSEWHERE = {
    "execution.context": ("CurrentRun", "current_run"),
    "core.errors": (
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
    "core.run": ("FinishedRun", "Status", "StopReason", "Trigger"),
    "scheduler_logger": ("log",),
}
_HOMES = dict.fromkeys(__all__, "runtime.client") | {
    name: module for module, names in _ELSEWHERE.items() for name in names
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: every process of docassemble imports this package, and few of them use it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
