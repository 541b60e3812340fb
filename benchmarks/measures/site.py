"""Effect on the site: how docassemble's sign-in page answers while jobs run."""

import time

from benchmarks.load import read_entries
from benchmarks.measures.watch import SETTLING, Scene
from benchmarks.visits import Figures, visit


def site(scene: Scene, seconds: float) -> Figures:
    """How docassemble answers while jobs run."""
    visit(scene.running.url, SETTLING)
    scene.settle()
    with scene.window():
        begin = time.time()
        figures = visit(scene.running.url, seconds)
        elapsed = time.time() - begin
    runs = sum(entry.at >= begin for entry in read_entries(scene.notes))
    return {**figures, "runs per s": runs / elapsed}
