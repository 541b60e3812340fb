# do not pre-load
"""uWSGI: the alarm that wakes a worker each second, and the signal that wakes it at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import HostError

#: the signal goes to the first thread of any worker that is free
TARGET = "worker"
#: how often the alarm rings (seconds)
PERIOD = 1
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
        self._signal: int | None = None

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

    def install(self, wake: Callable[[], None]) -> None:
        """Register the signal that calls `wake` on a free thread, and the alarm that raises it each second.

        To be called in the master, before it forks.
        """
        free = next(
            (number for number in reversed(SIGNALS) if not self._module.signal_registered(number)), None
        )
        if free is None:
            raise HostError(
                "all 256 signals of uWSGI are taken", hint="see which other package registers them"
            )
        self._module.register_signal(free, TARGET, lambda _number: wake())
        self._signal = free
        self._set_alarm(free)

    def _set_alarm(self, signal: int) -> None:
        """Set the alarm, in whichever of uWSGI's three tables (of 64 entries each) has room."""
        attempts: tuple[Callable[[], None], ...] = (
            lambda: self._module.add_timer(signal, PERIOD),
            lambda: self._module.add_rb_timer(signal, PERIOD),
            lambda: self._module.add_cron(signal, -1, -1, -1, -1, -1),
        )
        for attempt in attempts:
            try:
                return attempt()
            except ValueError:
                continue
        raise HostError("all of uWSGI's tables of timers are full", hint="see which other package fills them")

    def ring(self) -> None:
        """Wake a worker at once; callable from any thread."""
        self._module.signal(self._signal)

    def after_fork(self, start: Callable[[], None]) -> None:
        """Call `start` in each worker, before it serves requests."""
        from uwsgidecorators import postfork

        postfork(start)
