"""Boot: how long docassemble takes to restart, until its sign-in page answers."""

import time
from collections.abc import Callable
from statistics import median

from benchmarks.measures.watch import Scene
from benchmarks.visits import Figures
from devserver.errors import DevServerError


def boot(scene: Scene, times: float) -> Figures:
    """How long docassemble's restart takes, until the page answers: the median of several."""
    with scene.window():
        return {"boot s": median(_seconds(scene.running.reload) for _ in range(int(times)))}


def _seconds(call: Callable[[], None] | None) -> float:
    if call is None:
        raise DevServerError("only docassemble is restarted")
    begin = time.monotonic()
    call()
    return time.monotonic() - begin
