# do not pre-load
"""A context manager to copy: `contextmanager: test_context.SchedulerContext`.

Code that wants to know whether a job with this context runs it looks at
`test_context.IN_SCHEDULER_JOB`. Import the module, not the name: it is answered each time
for the thread (or asyncio task) that asks, so a page served meanwhile sees False.
"""

from __future__ import annotations

from contextvars import ContextVar
from types import TracebackType

from docassemble.Scheduler.scheduler_logger import log

IN_SCHEDULER_JOB: bool

_depth: ContextVar[int] = ContextVar("scheduler_context_depth", default=0)


def __getattr__(name: str) -> bool:
    if name == "IN_SCHEDULER_JOB":
        return _depth.get() > 0
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class SchedulerContext:
    """Entered around the function of a job: logs, and makes `IN_SCHEDULER_JOB` true inside."""

    def __enter__(self) -> None:
        _depth.set(_depth.get() + 1)
        log("SchedulerContext Started!")

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        _depth.set(_depth.get() - 1)
        log("SchedulerContext Ended!")
