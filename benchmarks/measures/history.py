"""Cost with a history: what a run costs when there are records of many others."""

from benchmarks.measures.cost import cost
from benchmarks.measures.watch import Scene
from benchmarks.visits import Figures


def history(scene: Scene, seconds: float) -> Figures:
    """CPU of all processes for each run; how many records there are, the load says."""
    return cost(scene, seconds)
