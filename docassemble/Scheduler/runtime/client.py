# do not pre-load
"""What programs call: the functions of `docassemble.Scheduler`, for interviews, Playground modules and packages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from ..core.clock import SystemClock
from ..execution.functions import Functions
from ..host.docassemble import Docassemble
from ..management.client import SchedulerClient
from .current import current_manager

#: who it was when docassemble has no user: outside of interviews
NOBODY = "Python"

P = ParamSpec("P")
R = TypeVar("R")


def _client() -> SchedulerClient:
    host = Docassemble()
    return SchedulerClient(
        current_manager(),
        functions=Functions(),
        time_zone=ZoneInfo(host.time_zone),
        by=host.present_user or NOBODY,
        clock=SystemClock(),
    )


def _of_client(method: Callable[Concatenate[SchedulerClient, P], R]) -> Callable[P, R]:
    """Return a function that calls a method of the client of whoever calls it."""

    @wraps(method)
    def function(*args: P.args, **kwargs: P.kwargs) -> R:
        return method(_client(), *args, **kwargs)

    described = signature(method)
    function.__signature__ = described.replace(parameters=[*described.parameters.values()][1:])  # type: ignore[attr-defined]
    return function


run_now = _of_client(SchedulerClient.run_now)
schedule_at = _of_client(SchedulerClient.schedule_at)
schedule_in = _of_client(SchedulerClient.schedule_in)
schedule_every = _of_client(SchedulerClient.schedule_every)
schedule_cron = _of_client(SchedulerClient.schedule_cron)
cancel = _of_client(SchedulerClient.cancel)
pause = _of_client(SchedulerClient.pause)
resume = _of_client(SchedulerClient.resume)
jobs = _of_client(SchedulerClient.jobs)
history = _of_client(SchedulerClient.history)
