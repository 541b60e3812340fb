# do not pre-load
"""uWSGI without uWSGI."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from .clock import ManualClock


class FakeUwsgi:
    """uWSGI's built-in module: tables of its real sizes, alarms that ring when time is moved."""

    def __init__(
        self, *, opt: Mapping[str, Any] | None = None, phase: timedelta | None = None, room: int = 64
    ) -> None:
        """`opt` are the options of the ini file, whose values uWSGI has as bytes, True, or lists of these.

        `phase` is how long after a full second the timers were started; `room` is the size of each table.
        """
        self.opt = {"threads": b"6", **(opt or {})}
        self.worker = self.mule = 0
        self.phase = phase or timedelta(0)
        self.room = room
        self.handlers: dict[int, Callable[[int], None]] = {}
        self.targets: dict[int, str] = {}
        self.timers: list[tuple[int, int]] = []
        self.rb_timers: list[tuple[int, int]] = []
        self.crons: list[tuple[int, ...]] = []

    def masterpid(self) -> int:
        """Return the process number of the master."""
        return 1

    def signal_registered(self, number: int) -> bool:
        """Return whether a signal is taken."""
        return number in self.handlers

    def register_signal(self, number: int, target: str, handler: Callable[[int], None]) -> None:
        """Take a signal; as in uWSGI, only once and with a short receiver."""
        if number in self.handlers or len(target) > 63 or number not in range(256):
            raise ValueError("unable to register signal")
        self.handlers[number] = handler
        self.targets[number] = target

    def add_timer(self, number: int, seconds: int) -> None:
        """Add a timer to its table."""
        self._add(self.timers, (number, seconds))

    def add_rb_timer(self, number: int, seconds: int) -> None:
        """Add a red-black timer to its table."""
        self._add(self.rb_timers, (number, seconds))

    def add_cron(self, number: int, *fields: int) -> None:
        """Add a cron entry to its table."""
        self._add(self.crons, (number, *fields))

    def worker_id(self) -> int:
        """Return the number of this worker; 0 when this is none."""
        return self.worker

    def mule_id(self) -> int:
        """Return the number of this mule; 0 when this is none."""
        return self.mule

    def pass_time(self, clock: ManualClock, duration: timedelta) -> None:
        """Move the clock on, ringing each timer at its times, first one period after the start."""
        end = clock.now() + duration
        while (alarm := self._next_alarm(clock.now())) <= end:
            clock.move(alarm - clock.now())
            for number in {number for number, _ in self.timers + self.rb_timers}:
                self.handlers[number](number)
        clock.move(end - clock.now())

    def _next_alarm(self, now: datetime) -> datetime:
        alarm = now.replace(microsecond=0) + self.phase
        return alarm if alarm > now else alarm + timedelta(seconds=1)

    def _add(self, table: list[Any], entry: tuple[int, ...]) -> None:
        if len(table) >= self.room:
            raise ValueError("unable to add timer")
        table.append(entry)
