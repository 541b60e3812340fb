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
    from .errors import JobStopped, JobTimeout, SchedulerError
    from .scheduler_logger import log

__version__ = "1.0.0"
__all__ = [
    "CurrentRun",
    "JobStopped",
    "JobTimeout",
    "SchedulerError",
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

_ELSEWHERE = {
    "CurrentRun": "current",
    "JobStopped": "errors",
    "JobTimeout": "errors",
    "SchedulerError": "errors",
    "current_run": "current",
    "log": "scheduler_logger",
}
_HOMES = {name: _ELSEWHERE.get(name, "api") for name in __all__}


def __getattr__(name: str) -> Any:
    """Import what is asked for: every process of docassemble imports this package, and few of them use it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
