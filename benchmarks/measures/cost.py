"""Cost: the CPU time of all processes that take part, for one run."""

from benchmarks.measures.watch import Scene, some
from benchmarks.visits import Figures


def cost(scene: Scene, seconds: float) -> Figures:
    """CPU of all processes for each run."""
    watch = scene.watch(seconds)
    runs = len(some(watch.entries, scene.peer))
    return {
        "cpu us per run": (watch.cpu + watch.databases) / runs * 1e6,
        "database us per run": watch.databases / runs * 1e6,
        "runs per s": runs / watch.seconds,
    }
