"""Burst: many jobs are due once; how long until the last of them has ended."""

from benchmarks.measures.watch import Scene, of_one_period
from benchmarks.visits import Figures


def burst(scene: Scene, _seconds: float) -> Figures:
    """Time from the due time that all jobs share until the last one has run; a run that does nothing ends at once."""
    scene.settle()
    due, entries = of_one_period(scene)
    elapsed = entries[-1].at - due
    return {"last s": elapsed, "runs per s": len(entries) / elapsed}
