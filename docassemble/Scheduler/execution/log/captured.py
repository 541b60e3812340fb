# do not pre-load
"""What one run has printed: lines, put together from the pieces that `print()` writes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from ...core.texts.text import cut

#: of one run, so many lines and records go to scheduler.log; later ones are in its own log only
MAX_IN_LOG: Final = 1_000
#: how much of a text that is written at once is looked at (characters); the middle of a longer one is left out
MAX_TEXT: Final = 20_000
#: how much of a line is kept while its end is not there (characters)
MAX_BEGINNING: Final = 10_000
#: so many threads of one run may have such a line
MAX_BEGINNINGS: Final = 100


class Captured:
    """What was captured of one run: how much, and the lines that have no end yet, by stream and thread."""

    def __init__(self, write: Callable[[str, str], None]) -> None:
        """`write` is called with the name of a stream and a line without its end."""
        self._write = write
        #: how many lines and records were written
        self.count = 0
        # Each thread has keys of its own, and what is done to the dictionary is one call of C each: no lock is needed,
        # which a thread that is stopped could leave behind.
        self._beginnings: dict[tuple[str, int], str] = {}

    @property
    def is_too_much(self) -> bool:
        """Whether scheduler.log does not have all of it."""
        return self.count > MAX_IN_LOG

    def add(self, stream: str, text: str) -> None:
        """Take what was written to a stream, and write each line whose end is there."""
        key = stream, threading.get_ident()
        *lines, rest = (self._beginnings.pop(key, "") + cut(text, MAX_TEXT)).split("\n")
        for line in lines:
            self._tell(stream, line)
        if not rest:
            return
        if len(self._beginnings) < MAX_BEGINNINGS:
            self._beginnings[key] = cut(_visible(rest), MAX_BEGINNING)
        else:
            self._tell(stream, rest)

    def end(self) -> None:
        """Write the lines that have no end; to be called when the run is over."""
        for key in list(self._beginnings):
            self._tell(key[0], self._beginnings.pop(key, ""))

    def _tell(self, stream: str, line: str) -> None:
        line = _visible(line).rstrip()
        if line:
            self._write(stream, line)


def _visible(line: str) -> str:
    r"""Return what a terminal would show of a line: `\r`, which progress bars write, begins it anew."""
    return line[line.rstrip("\r").rfind("\r") + 1 :] if "\r" in line else line
