"""A program in a pseudo-terminal: what a person sees who sits before it."""

import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from fcntl import ioctl
from types import TracebackType

ROWS, COLUMNS = 40, 160


class PseudoTerminal:
    """Runs a program; `text` is all that it has written so far."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self.text = ""
        self.status: int | None = None
        self._pid, self._file = pty.fork()
        if self._pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell that runs the tests behind it ignores it
            ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execvpe(command[0], list(command), {"TERM": "xterm-256color", **environ})

    def __enter__(self) -> "PseudoTerminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.status is None:
            os.kill(self._pid, 9)
            os.waitpid(self._pid, 0)
        os.close(self._file)

    def write(self, text: str) -> None:
        """Type something."""
        os.write(self._file, text.encode())

    def wait_for(self, pattern: str, timeout: float) -> None:
        """Wait until something stands there."""
        self.wait_until(lambda text: re.search(pattern, text) is not None, timeout, pattern)

    def wait_until(self, seen: Callable[[str], bool], timeout: float, what: str = "") -> None:
        """Wait until what stands there is as it should be."""
        end = time.monotonic() + timeout
        while not seen(self.text):
            assert time.monotonic() < end, f"{what} is not there:\n{self.text}"
            assert self._read(), f"the program has ended without {what}:\n{self.text}"

    def rest(self, timeout: float = 120.0) -> str:
        """Wait until the program has ended; return all that it has written."""
        end = time.monotonic() + timeout
        while self._read():
            assert time.monotonic() < end, self.text
        _, status = os.waitpid(self._pid, 0)
        self.status = os.waitstatus_to_exitcode(status)
        return self.text

    def _read(self) -> bool:
        """Read what is there, for a moment; return False when the program has closed the terminal."""
        ready, _, _ = select.select([self._file], [], [], 0.2)
        if not ready:
            return True
        try:
            read = os.read(self._file, 65_536)
        except OSError:  # how Linux says that the other end is closed
            return False
        self.text += read.decode(errors="replace").replace("\r\n", "\n")
        return bool(read)
