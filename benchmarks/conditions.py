"""The conditions of a window: how fast the machine was, and what else it did meanwhile."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.usage import cpu_seconds

Conditions = Mapping[str, float]

_TICK = os.sysconf("SC_CLK_TCK")
_TIMES = 5
_STEPS = 100_000
#: of the first line of /proc/stat: user, nice, system, irq, softirq, steal; the others are idle, or part of these
_BUSY = (0, 1, 2, 5, 6, 7)


@dataclass(frozen=True, slots=True)
class Beginning:
    """What there was when a window began."""

    at: float
    #: seconds of CPU of the whole machine, and of the benchmark with all that it has started
    busy: float
    own: float
    loop: float

    def until_now(self) -> Conditions:
        """Return the conditions since then: CPU time of a fixed loop, and how many cores other programs took."""
        others = busy_seconds(_stat()) - self.busy - (_own_seconds() - self.own)
        return {
            "loop ms": (self.loop + _loop_seconds()) / 2 * 1e3,
            "others cores": max(0.0, others) / (time.monotonic() - self.at),
        }


def begin() -> Beginning:
    """Begin a window."""
    loop = _loop_seconds()
    return Beginning(time.monotonic(), busy_seconds(_stat()), _own_seconds(), loop)


def busy_seconds(stat: str) -> float:
    """Return the seconds of CPU that were used since the machine's start, in the text of `/proc/stat`."""
    fields = stat.partition("\n")[0].split()[1:]
    return sum(int(fields[index]) for index in _BUSY) / _TICK


def _stat() -> str:
    return Path("/proc/stat").read_text(encoding="utf-8")


def _own_seconds() -> float:
    return cpu_seconds([os.getpid()])


def _loop_seconds() -> float:
    """Return the CPU time of a loop that is always the same: the median of several."""
    return median(_loop() for _ in range(_TIMES))


def _loop() -> float:
    start = time.thread_time()
    for _ in range(_STEPS):
        pass
    return time.thread_time() - start
