# do not pre-load
"""uWSGI: the alarm that wakes us each second, where jobs run (workers or mules), and the end of a process."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from typing import Any

from ..core.errors import HostError

#: how often the alarm rings (seconds)
ALARM_INTERVAL = 1
SIGNALS = range(256)


class Uwsgi:
    """The uWSGI that this process is part of; `module` is its built-in module."""

    def __init__(self, module: Any) -> None:
        """Raise HostError when this uWSGI has no master process: then it has no signals."""
        if not module.masterpid():
            raise HostError(
                "uWSGI runs without a master process", hint="put `master = true` into its ini file"
            )
        self._module = module

    @classmethod
    def here(cls) -> Uwsgi | None:
        """Return the uWSGI around us; None when this is not a process of uWSGI."""
        try:
            import uwsgi
        except ImportError:
            return None
        return cls(uwsgi)

    @property
    def threads(self) -> int:
        """How many threads a worker has."""
        return max(1, int(self._module.opt.get("threads", 1)))

    @property
    def target(self) -> str:
        """The kind of process that jobs run in: mules where uWSGI has some to spare, else workers."""
        return "mule" if any(self.mules) else "worker"

    @property
    def runs_jobs(self) -> bool:
        """Whether jobs run in the present process, after the fork."""
        if self.target == "worker":
            return bool(self._module.worker_id())
        mule: int = self._module.mule_id()
        return bool(mule) and self.mules[mule - 1]

    @property
    def mules(self) -> list[bool]:
        """Of each mule, in order, whether it is to spare: not if it has a program of its own."""
        mules: list[bool] = []
        for name, value in self._module.opt.items():
            for each in value if isinstance(value, list) else [value]:
                if name == "mule":
                    mules.append(not _is_program(each))
                elif name == "mules":
                    mules.extend([True] * int(each))
        return mules

    def install(self, wake: Callable[[], None]) -> None:
        """Register the signal that calls `wake` in one of the processes, and the alarm that raises it each second.

        To be called in the master, before it forks.
        """
        free = next(
            (number for number in reversed(SIGNALS) if not self._module.signal_registered(number)), None
        )
        if free is None:
            raise HostError(
                "all 256 signals of uWSGI are taken", hint="see which other package registers them"
            )
        self._module.register_signal(free, self.target, lambda _number: wake())
        self._set_alarm(free)

    def _set_alarm(self, signal: int) -> None:
        """Set the alarm, in whichever of uWSGI's three tables (of 64 entries each) has room."""
        attempts: tuple[Callable[[], None], ...] = (
            lambda: self._module.add_timer(signal, ALARM_INTERVAL),
            lambda: self._module.add_rb_timer(signal, ALARM_INTERVAL),
            lambda: self._module.add_cron(signal, -1, -1, -1, -1, -1),
        )
        for attempt in attempts:
            try:
                return attempt()
            except ValueError:
                continue
        raise HostError("all of uWSGI's tables of timers are full", hint="see which other package fills them")

    def after_fork(self, start: Callable[[], None]) -> None:
        """Call `start` in each process that jobs run in, before it serves anything."""
        from uwsgidecorators import postfork

        @postfork  # type: ignore[untyped-decorator]
        def begin() -> None:
            if self.runs_jobs:
                # what the master made is shared with it until somebody writes to it: a garbage collector
                # does when it looks through it, and this process would have a copy of nearly all of it
                gc.freeze()
                start()

    def at_end(self, end: Callable[[], bool]) -> None:
        """Call `end` when the present process ends in good order: at a restart, when its last request is answered.

        When it answers False, the process is ended at once: Python would wait for threads that never end.
        """
        before = getattr(self._module, "atexit", None)

        def end_process() -> None:
            if not end():
                os._exit(0)
            if before is not None:
                before()

        self._module.atexit = end_process


def _is_program(value: object) -> bool:
    """Return whether a value of the option `mule` names a program; uWSGI tells it in the same way."""
    text = value.decode() if isinstance(value, bytes) else ""
    return text.endswith(".py") or ":" in text
