"""What the tests measure with."""

import logging
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

#: what was measured; to be seen with pytest's --log-cli-level=info
FIGURES = logging.getLogger("figures")


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
