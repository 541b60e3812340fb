# do not pre-load
"""Which thread another one comes from: on Linux, threads and processes inherit the name of the one that starts them.

That is the system's own name, which Python does not set before version 3.14; from there on, nothing is recognised.
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any, Final

PROC: Final = Path("/proc")
_SET_NAME, _GET_NAME = 15, 16
_SIZE: Final = 16


class NamesOfThreads:
    """Marks threads by their names; without prctl(2), nothing has a mark."""

    def __init__(self) -> None:
        # PyDLL keeps the interpreter: letting another thread have it may cost five milliseconds
        self._prctl: Any = getattr(ctypes.PyDLL(None), "prctl", None)

    def mark(self, mark: str) -> str:
        """Name the present thread; return the name that it had."""
        if self._prctl is None:
            return ""
        before = ctypes.create_string_buffer(_SIZE)
        self._prctl(_GET_NAME, before)
        self._prctl(_SET_NAME, mark.encode("ascii", "replace"))
        return before.value.decode("ascii", "replace")

    def mark_of_thread(self, native_id: int) -> str | None:
        """Return the name of a thread of this process; None when it has ended."""
        return _name(PROC / "self/task" / str(native_id))

    def mark_of_process(self, pid: int) -> str | None:
        """Return the name of the first thread of a process; None when there is none."""
        return _name(PROC / str(pid))


def _name(folder: Path) -> str | None:
    try:
        return (folder / "comm").read_text(encoding="ascii", errors="replace").removesuffix("\n")
    except OSError:
        return None
