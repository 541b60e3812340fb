"""Following a log on stdout, as ``tail -F`` does."""

import time
from pathlib import Path


class Follower:
    """Prints what is added to a file; it need not exist yet, and may be rotated away."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode = 0
        self._position = 0

    def skip(self) -> None:
        """Leave out what the file holds now."""
        if self._path.exists():
            stat = self._path.stat()
            self._inode, self._position = stat.st_ino, stat.st_size

    def step(self) -> None:
        """Print what is new."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            if (
                inode := self._path.stat().st_ino
            ) != self._inode or self._path.stat().st_size < self._position:
                self._inode, self._position = inode, 0
            file.seek(self._position)
            new = file.read()
            self._position += len(new)
        if new:
            print(new.decode("utf-8", "replace"), end="", flush=True)

    def run(self, seconds: float | None) -> None:
        """Follow for that long, or for ever."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while deadline is None or time.monotonic() < deadline:
            self.step()
            time.sleep(0.2)
        self.step()
