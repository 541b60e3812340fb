"""How progress looks: one line that moves in a terminal, plain lines now and then elsewhere."""

import os
from collections.abc import Callable
from typing import Protocol, TextIO

#: seconds between two plain lines
PAUSE = 15.0
_CLEAR = "\r\x1b[K"


class Display(Protocol):
    """Shows one step at a time."""

    def begin(self, text: str) -> None:
        """Show that a step begins."""
        ...

    def update(self, text: str) -> None:
        """Show how far the step is."""
        ...

    def line(self, text: str) -> None:
        """Print a line that stays."""
        ...


class Terminal:
    """One line at the bottom, which is written over."""

    def __init__(self, stream: TextIO, columns: Callable[[], int]) -> None:
        self._stream = stream
        self._columns = columns
        self._shown = ""

    def begin(self, text: str) -> None:
        """Show that a step begins."""
        self.update(text)

    def update(self, text: str) -> None:
        """Write over the line, if it changed."""
        # A line that fills the terminal would wrap, and then not be written over.
        text = text[: max(self._columns() - 1, 1)]
        if text != self._shown:
            self._stream.write(f"{_CLEAR}{text}")
            self._stream.flush()
            self._shown = text

    def line(self, text: str) -> None:
        """Print a line that stays in place of the moving one."""
        self._stream.write(f"{_CLEAR if self._shown else ''}{text}\n")
        self._stream.flush()
        self._shown = ""


class Lines:
    """Plain lines, for files and pipes; each names the program."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._last = clock()

    def begin(self, text: str) -> None:
        """Print a first line."""
        self.line(text)

    def update(self, text: str) -> None:
        """Print a line if there was none for a while."""
        if self._clock() - self._last >= PAUSE:
            self.line(text)

    def line(self, text: str) -> None:
        """Print a line."""
        self._stream.write(f"devserver: {text}\n")
        self._stream.flush()
        self._last = self._clock()


def display_of(stream: TextIO, clock: Callable[[], float]) -> Display:
    """Return the display that suits a stream."""
    if stream.isatty() and os.environ.get("TERM") != "dumb":
        return Terminal(stream, lambda: os.get_terminal_size(stream.fileno()).columns or 80)
    return Lines(stream, clock)
