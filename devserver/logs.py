"""Logs that are moved aside at midnight."""

import glob
from contextlib import suppress
from pathlib import Path


def whole_log(path: Path) -> bytes:
    """Return all of a log, also what was written before a midnight; empty while there is none."""
    while True:
        with suppress(FileNotFoundError):  # moved aside just now
            files = _files(path)
            content = b"".join(file.read_bytes() for file in files)
            if files == _files(path):
                return content


def _files(path: Path) -> dict[Path, int]:
    """Return the files of a log, the oldest first, each with its inode: which it keeps when it is moved."""
    dated = sorted(path.parent.glob(f"{glob.escape(path.name)}.????-??-??*"))
    return {file: file.stat().st_ino for file in (*dated, path) if file.exists()}
