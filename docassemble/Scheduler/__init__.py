# do not pre-load
"""docassemble.Scheduler: Python functions that run on time inside docassemble."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .current import CurrentRun, current_run
    from .errors import JobStopped, JobTimeout
    from .scheduler_logger import log

__version__ = "1.0.0"
__all__ = ["CurrentRun", "JobStopped", "JobTimeout", "current_run", "log"]

_HOMES = {
    "CurrentRun": "current",
    "JobStopped": "errors",
    "JobTimeout": "errors",
    "current_run": "current",
    "log": "scheduler_logger",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: every process of docassemble imports this package, and few of them use it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
