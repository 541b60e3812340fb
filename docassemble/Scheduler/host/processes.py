# do not pre-load
"""The processes of this machine: who we are, whether another one still lives, and what was started by which thread."""

from __future__ import annotations

import ctypes
import os
import secrets
from pathlib import Path
from typing import Any, Final

from ..core.texts.storable import MAX_NAME, storable
from ..store.base import Process

PROC: Final = Path("/proc")
#: of prctl(2)
_SET_NAME, _GET_NAME = 15, 16
_Name: Final = ctypes.c_char * 16


def this_process(server: str, boot: str | None = None) -> Process:
    """Describe the present process; `boot` is the start of the web server that it belongs to."""
    pid = os.getpid()
    # names of hosts are ASCII; of others, a database may not have all characters
    server = storable(server, MAX_NAME, "ascii")
    return Process(
        id=secrets.token_hex(16),
        server=server,
        host_id=host_id(),
        pid=pid,
        started_ticks=started_ticks(pid),
        boot=boot,
    )


def is_surely_dead(process: Process) -> bool:
    """Return whether `process` was one of this machine and is gone; False when that cannot be told from here."""
    return process.host_id == host_id() and started_ticks(process.pid) != process.started_ticks


def give_back_memory() -> None:
    """Give the memory of this process that is free back to the system, where its C library can: malloc_trim(3)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def host_id() -> str:
    """Name the realm in which process numbers mean something: one boot of one kernel, one container."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        realm = (PROC / "self/ns/pid").readlink()
    except OSError:
        return secrets.token_hex(8)  # no such thing here: then nobody's death can be told
    return f"{boot} {realm}"


def started_ticks(pid: int) -> str:
    """Return when a process started, in the kernel's own unit; empty when there is none."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The name of the program is in parentheses, and may hold anything.
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] in {"Z", "X"} else fields[19]


class NamesOfThreads:
    """Marks threads by their names; without prctl(2), nothing has a mark.

    On Linux, threads and processes inherit the name of the one that starts them. That is the system's own name, which
    Python does not set before version 3.14; from there on, nothing is recognised.
    """

    def __init__(self) -> None:
        # PyDLL keeps the interpreter: letting another thread have it may cost five milliseconds
        self._prctl: Any = getattr(ctypes.PyDLL(None), "prctl", None)

    def mark(self, mark: str) -> str:
        """Name the present thread; return the name that it had."""
        if self._prctl is None:
            return ""
        before = _Name()
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
