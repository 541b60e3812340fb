"""Throughput: how many runs there are in a second when there is always more to run."""

from benchmarks.measures.watch import Scene
from benchmarks.visits import Figures


def throughput(scene: Scene, seconds: float) -> Figures:
    """Runs a second when far more are due than can run."""
    watch = scene.watch(seconds)
    return {"runs per s": len(watch.entries) / watch.seconds}
