"""What processes use, read from /proc."""

import os
from collections.abc import Iterable
from pathlib import Path

from devserver.processes import descendants_of

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(roots: Iterable[int]) -> float:
    """Return the CPU time that processes, all they have started, and all those that have ended have used."""
    return sum(_ticks(pid) for pid in _family(roots)) / _TICK


def memory_bytes(roots: Iterable[int]) -> int:
    """Return the memory of processes and all they have started; what they share is counted once (PSS)."""
    return sum(_pss(pid) for pid in _family(roots))


def _family(roots: Iterable[int]) -> list[int]:
    return [pid for root in roots for pid in (root, *descendants_of(root))]


def _ticks(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0  # it has ended, and its parent has it in its own sum
    # user and system time of the process, and those of the children it has waited for
    return sum(int(field) for field in stat.rpartition(")")[2].split()[11:15])


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
