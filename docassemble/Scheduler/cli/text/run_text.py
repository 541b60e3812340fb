# do not pre-load
"""One run as text for a terminal: its record, how far it is, and where in its code it is just now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from ...core.clock import Clock
from ...core.durations import short
from ...core.progress import Progress
from ...core.run import Status
from ...core.texts.excerpt import visible
from ...management.manager import SchedulerManager
from ...management.permissions import Caller
from ...store.records import RunRecord
from .output import local

#: how wide a bar is (characters)
_WIDTH: Final = 20
#: how long a run may take to say where it is, and how often that is looked for (seconds)
STACK_TIMEOUT, _LOOK_INTERVAL = 10.0, 0.5


def progress_line(progress: Progress) -> str:
    """Return how far a run is: `[#####...............] 25 %, 10 of 40, cases copied`."""
    told = [_number(progress.done)]
    bar = ""
    if progress.total is not None and progress.share is not None:
        done = int(progress.share * _WIDTH)
        bar = f"[{'#' * done}{'.' * (_WIDTH - done)}] "
        told = [f"{int(progress.share * 100)} %", f"{told[0]} of {_number(progress.total)}"]
    return bar + ", ".join([*told, *([visible(progress.text)] if progress.text else [])])


def whole(run: RunRecord, zone: str, usual: timedelta | None = None) -> str:
    """Return all that is known of a run; times are told in `zone`."""
    lines = [f"{name}: {value}" for name, value in _facts(run, zone, usual) if value]
    texts = (("traceback", run.traceback), ("stack", run.stack), ("log", run.log))
    return "\n".join(lines + [f"\n{name}:\n{text}" for name, text in texts if text])


def asked_where(manager: SchedulerManager, run: RunRecord, by: Caller, clock: Clock) -> RunRecord:
    """Ask a run where in its code it is, and return it with the answer; without one if it gives none in time."""
    if not manager.ask_where(run.id, by):
        return manager.run(run.id)
    end = clock.monotonic() + STACK_TIMEOUT
    while (asked := manager.run(run.id)).stack_wanted and asked.status is Status.RUNNING:
        if clock.monotonic() >= end:
            break
        clock.sleep(_LOOK_INTERVAL)
    return asked


def _facts(run: RunRecord, zone: str, usual: timedelta | None) -> Iterator[tuple[str, str | None]]:
    is_running = run.status is Status.RUNNING
    more = f" and {run.count - 1} more until {local(run.due_until, zone)}" if run.due_until else ""
    yield "id", run.id
    yield "job", run.job
    yield "status", f"{run.status.value}, asked to stop" if is_running and run.stop else run.status.value
    yield "reason", run.reason
    yield "due", local(run.due, zone) + more
    yield "started", local(run.started, zone) if run.started else None
    yield "finished", local(run.finished, zone) if run.finished else None
    yield "took", None if run.duration is None else short(run.duration)
    yield "usually takes", short(usual) if usual and is_running else None
    yield "progress", progress_line(run.progress) if run.progress else None
    yield "trigger", f"{run.trigger.value}, attempt {run.attempt}"
    yield "server", run.server
    yield "process and thread", f"{run.pid}, {run.thread}" if run.pid else None
    yield "tried again", run.retried or (local(run.retry_at, zone) if run.retry_at else None)
    yield "result", run.result
    yield "error", run.error


def _number(number: float) -> str:
    return f"{number:,.2f}".rstrip("0").rstrip(".")
