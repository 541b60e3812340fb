"""Reading the output of a command while it runs."""

import os
import re
import select
from collections.abc import Iterator
from typing import IO

#: seconds
PAUSE = 0.2
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
#: uv's lines about what is done already: packages built and installed
_DONE = ("Built ", "+ ", "- ", "~ ")


class Output:
    """The output of a command: all of it, and its last line as a sign of what it does."""

    def __init__(self) -> None:
        self.last_line = ""
        self._all = bytearray()
        self._rest = b""

    @property
    def text(self) -> str:
        """All of it."""
        return self._all.decode("utf-8", "replace")

    def add(self, piece: bytes) -> None:
        """Add the next piece; it may end within a line."""
        self._all += piece
        *lines, self._rest = re.split(rb"[\r\n]", self._rest + piece)
        for line in lines:
            text = _COLOURS.sub("", line.decode("utf-8", "replace")).strip()
            if text and not text.startswith(_DONE):
                self.last_line = text


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what can be read until the end of a pipe, and an empty piece while nothing comes."""
    while True:
        ready, _, _ = select.select([stream], [], [], PAUSE)
        piece = os.read(stream.fileno(), 65536) if ready else b""
        if ready and not piece:
            return
        yield piece
