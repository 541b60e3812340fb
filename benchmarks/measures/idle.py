"""Idle cost: CPU time and memory while no job is due."""

import time

from benchmarks.measures.watch import Scene
from benchmarks.usage import memory_bytes
from benchmarks.visits import Figures, look_at

#: seconds until what a start leaves to be done later is done
CALMING = 4.0
#: what docassemble loads for its first visitors belongs to docassemble
LOOKS = 20


def idle(scene: Scene, seconds: float) -> Figures:
    """CPU and memory while nothing is due, and the site has had a few visitors."""
    if scene.running.url is not None:
        look_at(scene.running.url, LOOKS)
    time.sleep(CALMING)
    watch = scene.watch(seconds)
    memory = memory_bytes(scene.running.processes)
    return {
        "cpu s per hour": (watch.cpu + watch.databases) / watch.seconds * 3600,
        "memory MB": memory / 1e6,
    }
