"""What processes use, as the kernel says it."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from devserver.processes import descendants_of

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(roots: Iterable[int]) -> float:
    """Return the CPU time that processes, all they have started, and all those that have ended have used.

    That of processes which live is exact to the nanosecond, that of those which have ended to hundredths of a second.
    """
    return sum(_own(pid) + _of_ended_children(pid) for pid in _family(roots))


def memory_bytes(roots: Iterable[int]) -> int:
    """Return the memory of processes and all they have started; what they share is counted once (PSS)."""
    return sum(_pss(pid) for pid in _family(roots))


def _family(roots: Iterable[int]) -> list[int]:
    return [pid for root in roots for pid in (root, *descendants_of(root))]


def _own(pid: int) -> float:
    """Return the CPU time of a process, all its threads together."""
    try:
        # the clock of a process, as clock_getcpuclockid(3) makes it of a pid
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        return 0  # it has ended, and its parent has it in its own sum


def _of_ended_children(pid: int) -> float:
    """Return the CPU time of the children that a process has waited for."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return sum(int(field) for field in stat.rpartition(")")[2].split()[13:15]) / _TICK


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
