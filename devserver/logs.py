"""Logs that are moved aside at midnight."""

import glob
from pathlib import Path


def whole_log(path: Path) -> bytes:
    """Return all of a log, also what was written before a midnight; empty while there is none."""
    before: dict[Path, int] | None = None
    while before != (now := _files(path)):
        before = now
        try:
            content = b"".join(file.read_bytes() for file in now)
        except FileNotFoundError:
            before = None
    return content


def _files(path: Path) -> dict[Path, int]:
    """Return the files of a log, the oldest first, each with its inode: which it keeps when it is moved."""
    dated = sorted(path.parent.glob(f"{glob.escape(path.name)}.????-??-??*"))
    try:
        return {file: file.stat().st_ino for file in (*dated, path) if file.exists()}
    except FileNotFoundError:
        return _files(path)
