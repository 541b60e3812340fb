# do not pre-load
"""Threads and processes that a run started and left behind when it ended."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from ..core.run import Run
from ..core.texts.text import text_of
from .log.logger import report_error

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

Leftover: TypeAlias = "threading.Thread | BaseProcess"
#: `Leftovers.watch`, or `nullcontext` where nothing is told
Watch: TypeAlias = Callable[[Run], AbstractContextManager[Any]]

#: how long what is ending already may take to end, in all (seconds)
JOIN_TIMEOUT: Final = 0.25
#: how the names of our own threads begin; a run may start one, to send a mail
OURS: Final = "scheduler-"
#: so many are named
_MAX_NAMES: Final = 5
_MAX_NAME: Final = 100


class Descent(Protocol):
    """Tells which thread another thread, or a process, comes from."""

    def mark(self, mark: str) -> str:
        """Mark the present thread, and all that it starts from now on; return the mark that it had.

        Marks have at most 15 ASCII characters. What is started inherits them, and hands them on.
        """
        ...

    def mark_of_thread(self, native_id: int) -> str | None:
        """Return the mark of a thread of this process; None when it has ended."""
        ...

    def mark_of_process(self, pid: int) -> str | None:
        """Return the mark of a process; None when it has ended."""
        ...


class Leftovers:
    """What the runs of a process have left behind."""

    def __init__(self, descent: Descent, logger: logging.Logger) -> None:
        self._descent = descent
        self._logger = logger
        self._lock = threading.Lock()
        self._left: list[Leftover] = []

    @contextmanager
    def watch(self, run: Run) -> Iterator[None]:
        """Warn of what `run` starts inside of this block and leaves behind."""
        mark = f"run {run.id[-11:]}"
        before, own_mark = _all(), self._descent.mark(mark)
        try:
            yield
        finally:
            self._descent.mark(own_mark)
            self._look_back(run, mark, before)

    def let_go(self) -> bool:
        """Terminate the processes; return whether Python would wait for no thread that is left.

        For the end of the present process.
        """
        left = self._keep([])
        for each in left:
            if not isinstance(each, threading.Thread):
                each.terminate()
        return not any(_is_waited_for(each) for each in left if isinstance(each, threading.Thread))

    def _look_back(self, run: Run, mark: str, before: Sequence[Leftover]) -> None:
        try:
            if (now := _all()) == before:
                return  # which costs next to nothing
            known = set(map(id, before))
            new = [each for each in now if id(each) not in known]
            suspects = [each for each in new if self._mark_of(each) == mark and not _is_known(each)]
            for each in suspects:
                each.join(JOIN_TIMEOUT / len(suspects))
            if left := [each for each in suspects if each.is_alive()]:
                self._keep(left)
                self._tell(run, left)
        except BaseException:  # noqa: BLE001 - whatever a job has made of its threads: its run has ended
            report_error(self._logger, "What a run of %s left behind cannot be told", run.job.name)

    def _mark_of(self, each: Leftover) -> str | None:
        """Return the mark; others may have started things meanwhile, which are none of this run's."""
        if isinstance(each, threading.Thread):
            return None if each.native_id is None else self._descent.mark_of_thread(each.native_id)
        return None if each.pid is None else self._descent.mark_of_process(each.pid)

    def _keep(self, left: Sequence[Leftover]) -> Sequence[Leftover]:
        with self._lock:
            self._left = [*filter(_goes_on, self._left), *left]
            return self._left

    def _tell(self, run: Run, left: list[Leftover]) -> None:
        threads = [each for each in left if isinstance(each, threading.Thread)]
        processes = [each for each in left if not isinstance(each, threading.Thread)]
        found = [_counted(threads, "thread", "threads"), _counted(processes, "process", "processes")]
        self._logger.warning(
            "The run due %s left %s behind, still running",
            run.due.local.isoformat(),
            " and ".join(filter(None, found)),
            extra={"job": run.job.name},
        )


def _all() -> list[Leftover]:
    """Return the threads of this process, and the children that `multiprocessing` knows.

    Not by its `active_children()`, which would wait for children in the place of those who want to.
    """
    return [*threading.enumerate(), *getattr(sys.modules.get("multiprocessing.process"), "_children", ())]


def _is_known(each: Leftover) -> bool:
    """Return whether it is a thread of ours, or stands for one whose end Python does not notice."""
    return isinstance(each, threading._DummyThread) or each.name.startswith(OURS)


def _goes_on(each: Leftover) -> bool:
    """Ask the class of Python: the job's own class may have another opinion, or none."""
    return threading.Thread.is_alive(each) if isinstance(each, threading.Thread) else each.is_alive()


def _is_waited_for(thread: threading.Thread) -> bool:
    """Return whether Python waits for a thread at its end; for those of pools it does although they are daemons."""
    pools = ("thread", "_threads_queues"), ("process", "_threads_wakeups")
    return not thread.daemon or any(
        thread in getattr(sys.modules.get(f"concurrent.futures.{module}"), name, ()) for module, name in pools
    )


def _counted(left: Sequence[Leftover], one: str, many: str) -> str:
    if not left:
        return ""
    names = sorted(text_of(each.name, _MAX_NAME) for each in left)
    more = ", ..." if len(names) > _MAX_NAMES else ""
    return f"{len(left)} {one if len(left) == 1 else many} ({', '.join(names[:_MAX_NAMES])}{more})"
