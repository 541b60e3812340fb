"""Progress on stderr: what is being done, for how long, and how long it usually takes."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from devserver.display import Display, display_of

Clock = Callable[[], float]


class Step:
    """One thing that takes time."""

    def __init__(self, what: str, usual: float, *, display: Display, clock: Clock) -> None:
        self.display = display
        self._what = what
        self._usual = usual
        self._clock = clock
        self._began = clock()
        self._doing = ""
        display.begin(self._text())

    def tick(self, doing: str = "") -> None:
        """Show the time, and what is being done just now."""
        self._doing = doing or self._doing
        self.display.update(self._text())

    def end(self, how: str) -> None:
        """Show the result and the duration."""
        self.display.line(f"{self._what}: {how} {self._elapsed()}")

    def _text(self) -> str:
        times = f"[{self._elapsed()}, usually {minutes(self._usual)}]"
        return f"{self._what} {times} {self._doing}".rstrip()

    def _elapsed(self) -> str:
        return minutes(self._clock() - self._began)


_current: ContextVar[Step | None] = ContextVar("step", default=None)


@contextlib.contextmanager
def step(
    what: str, *, usual: float, display: Display | None = None, clock: Clock = time.monotonic
) -> Iterator[None]:
    """Show progress while the block runs. ``usual`` is the usual duration in seconds.

    Commands run by ``service.run`` and conditions awaited by ``waiting.until`` keep it moving.
    """
    this = Step(what, usual, display=display or display_of(sys.stderr, clock), clock=clock)
    token = _current.set(this)
    try:
        yield
    except BaseException as error:
        this.end("failed after" if isinstance(error, Exception) else "stopped after")
        raise
    else:
        this.end("done in")
    finally:
        _current.reset(token)


def tick(doing: str = "") -> None:
    """Show the current step's progress; without a step do nothing."""
    if this := _current.get():
        this.tick(doing)


def say(text: str) -> None:
    """Print one line on stderr."""
    this = _current.get()
    display = this.display if this else display_of(sys.stderr, time.monotonic)
    display.line(text)


def minutes(seconds: float) -> str:
    """Return a duration as minutes and seconds, such as 1:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
