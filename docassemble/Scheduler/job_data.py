# do not pre-load
"""What error handlers written for 0.2.x import: the job as they know it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .core.job import SchedulerJobConfig
from .execution.context import current_run
from .execution.functions import Functions

__all__ = ["SchedulerJobConfig", "get_callable", "get_cur_job"]


def get_cur_job() -> SchedulerJobConfig | None:
    """Return the job that this code is part of; None outside of a job."""
    run = current_run()
    return None if run is None else SchedulerJobConfig.of(run.run.job)


def get_callable(name: str) -> Callable[..., Any]:
    """Return what a dotted name of the configuration stands for; raises FunctionError."""
    return Functions().find(str(name))
