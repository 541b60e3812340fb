# do not pre-load
"""What the job functions of this folder wrote, read again by the tests; and what the tests wait and measure with."""

import json
import logging
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

#: the folder that goes on the devserver's pythonpath, so that `jobs_b.writing.enter` can be imported there
PYTHONPATH = Path(__file__).parents[1]

#: what was measured; to be seen with pytest's --log-cli-level=info
FIGURES = logging.getLogger("figures")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line: a function that was entered. Times are seconds since the epoch."""

    job: str
    due: float
    entered: float
    thread: int
    pid: int
    facts: dict[str, Any]

    @property
    def lateness(self) -> float:
        """How long after its due time (seconds)."""
        return self.entered - self.due


class Notes:
    """The file that the jobs write to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self, job: str | None = None) -> list[Entry]:
        """All complete lines, of all jobs or one."""
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        lines = (json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n"))
        return [entry for entry in map(_entry, lines) if job in (None, entry.job)]

    def job(self, function: str = "enter", *, of: str = "writing", **keys: Any) -> dict[str, Any]:
        """A job of the `scheduler:` block that calls one of the functions with this file and the other keys."""
        kwargs = {"file": str(self.path), **keys.pop("kwargs", {})}
        return {"function": f"jobs_b.{of}.{function}", "kwargs": kwargs, **keys}


def _entry(line: dict[str, Any]) -> Entry:
    known = {name: line.pop(name) for name in ("job", "due", "thread", "pid")}
    return Entry(entered=line.pop("entered") / 1e9, facts=line, **known)


def doubles(entries: Iterable[Entry]) -> list[tuple[str, float]]:
    """The due times that were entered more than once."""
    return [key for key, count in Counter((e.job, e.due) for e in entries).items() if count > 1]


def distribution(seconds: Iterable[float]) -> str:
    """Median, 99th percentile and maximum, in milliseconds."""
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    p50 = statistics.median(ordered)
    return f"{len(ordered)} values, p50 {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, max {ordered[-1] * 1e3:.1f} ms"


@dataclass(kw_only=True)
class Answers:
    """What a page answered while it was polled."""

    statuses: list[int | str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def all_good(self) -> bool:
        """Whether there were answers, and each was 200."""
        return set(self.statuses) == {200}


@contextmanager
def polled(url: str, every: float = 0.1) -> Iterator[Answers]:
    """Ask for the sign-in page over and over while the block runs."""
    answers = Answers()

    def ask() -> None:
        began = time.perf_counter()
        try:
            status: int | str = requests.get(f"{url}/user/sign-in", timeout=30).status_code
        except requests.RequestException as error:
            status = repr(error)
        answers.seconds.append(time.perf_counter() - began)
        answers.statuses.append(status)

    with repeated(ask, every):
        yield answers


@contextmanager
def repeated(action: Callable[[], None], every: float) -> Iterator[None]:
    """Call a function again and again in a thread while the block runs."""
    done = threading.Event()

    def loop() -> None:
        while not done.wait(every):
            action()

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class Metronome:
    """How late this machine itself is: a thread of the tests that only sleeps until each full second.

    On a quiet machine that is next to nothing. What it is late, a job on the same machine may be late too.
    """

    def __init__(self) -> None:
        #: full second -> seconds after it
        self.lateness: dict[int, float] = {}

    @contextmanager
    def ticking(self) -> Iterator["Metronome"]:
        """Measure while the block runs."""
        with repeated(self._tick, 0):
            yield self

    def _tick(self) -> None:
        second = int(time.time()) + 1
        time.sleep(max(0.0, second - time.time()))
        self.lateness[second] = time.time() - second
