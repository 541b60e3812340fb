# do not pre-load
"""What error handlers written for 0.2.x import: the job as they know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .current import current_run
from .functions import Functions
from .job import Job


class SchedulerJobConfig(NamedTuple):
    """A job, as error handlers are given it."""

    name: str
    type: str
    params: Mapping[str, Any]
    pargs: Sequence[Any]
    kwargs: Mapping[str, Any]
    contextmanager: str | None
    error_handler: str | None

    @classmethod
    def of(cls, job: Job) -> SchedulerJobConfig:
        """Return what an error handler is given for `job`."""
        return cls(
            name=job.name,
            type=job.type,
            params=dict(job.params),
            pargs=list(job.args),
            kwargs=dict(job.kwargs),
            contextmanager=job.contextmanager,
            error_handler=job.error_handler,
        )


def get_cur_job() -> SchedulerJobConfig | None:
    """Return the job that this code is part of; None outside of a job."""
    run = current_run()
    return None if run is None else SchedulerJobConfig.of(run.run.job)


def get_callable(name: str) -> Callable[..., Any]:
    """Return what a dotted name of the configuration stands for; raises FunctionError."""
    return Functions().find(str(name))
