"""Processes: the table of them, read from /proc, and as whom they are started."""

import contextlib
import os
import pwd
from pathlib import Path
from typing import Any


def parent_of(pid: int) -> int | None:
    """The parent's pid, or None when there is no such process (any more)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the command in brackets and may itself hold spaces and brackets.
    return int(stat.rpartition(")")[2].split()[1])


def children_of(pid: int) -> list[int]:
    """Direct children, oldest pid first."""
    everyone = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return sorted(each for each in everyone if parent_of(each) == pid)


def descendants_of(pid: int) -> list[int]:
    """Children, their children, and so on."""
    found = children_of(pid)
    for each in found:
        found.extend(children_of(each))
    return found


def is_running(pid: int) -> bool:
    """Whether the process exists and is not a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def send(pid: int, signal_number: int) -> None:
    """Send a signal; a process that is gone already needs none."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal_number)


def rights_of(user: int | None) -> dict[str, Any]:
    """Return the arguments of Popen that start a program as a user, with the umask of services; None = as ourselves."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwuid(user).pw_gid, "extra_groups": [], "umask": 0o022}
