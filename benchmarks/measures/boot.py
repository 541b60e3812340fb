"""Boot: how long docassemble takes to restart, until its sign-in page answers, and its CPU time."""

import time
from statistics import median

from benchmarks.measures.watch import Scene
from benchmarks.peers.peer import Running
from benchmarks.usage import cpu_seconds
from benchmarks.visits import Figures
from devserver.errors import DevServerError


def boot(scene: Scene, times: float) -> Figures:
    """How long docassemble's restart takes, until the page answers, and the CPU time of that: medians of several."""
    with scene.window():
        boots = [_boot(scene.running) for _ in range(int(times))]
    return {name: median(each[name] for each in boots) for name in boots[0]}


def _boot(running: Running) -> Figures:
    if running.reload is None:
        raise DevServerError("only docassemble is restarted")
    begin, cpu = time.monotonic(), cpu_seconds(running.processes)
    running.reload()
    return {"boot s": time.monotonic() - begin, "boot cpu s": cpu_seconds(running.processes) - cpu}
