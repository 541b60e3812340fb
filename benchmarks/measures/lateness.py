"""Lateness: the time from the moment a job is due to the first line of its function."""

from statistics import median

from benchmarks.measures.watch import Scene, of_one_period, some
from benchmarks.visits import Figures


def lateness(scene: Scene, seconds: float) -> Figures:
    """Due time to first line of the function, in so many seconds; 0 = of the next full period, a minute perhaps."""
    entries = scene.watch(seconds).entries if seconds else of_one_period(scene)[1]
    late = sorted(scene.peer.lateness(some(entries, scene.peer), scene.load, scene.notes))
    return {
        "p50 ms": median(late) * 1e3,
        "p99 ms": late[min(len(late) - 1, int(len(late) * 0.99))] * 1e3,
        "max ms": late[-1] * 1e3,
        "runs": len(late),
    }
