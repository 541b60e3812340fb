# do not pre-load
"""The spool of ends, kept by the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..core.run import EndedRun, Outcome


class MemorySpool:
    """The spool of one process; `dead` are those of processes that were killed."""

    def __init__(self, dead: Sequence[MemorySpool] = ()) -> None:
        self.dead = dead
        #: run -> how it ended
        self.kept: dict[str, Outcome] = {}
        #: whether it has room for more
        self.has_room = True

    def note(self, ended: EndedRun) -> bool:
        """Keep an end; return whether there is room."""
        if self.has_room:
            self.kept[ended.run.id] = ended.outcome
        return self.has_room

    def forget(self, run: str) -> None:
        """Let go of the end of a run."""
        self.kept.pop(run, None)

    def recover(self, record: Callable[[Mapping[str, Outcome]], object]) -> None:
        """Give `record` what the dead have left."""
        for each in self.dead:
            if each.kept:
                record(dict(each.kept))
            each.kept.clear()
