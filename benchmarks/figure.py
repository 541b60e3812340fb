"""A figure: what was measured of a peer under a load, over all rounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: measure, peer, load, name of the figure
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one peer under one load, over all rounds."""

    measure: str
    peer: str
    load: str
    #: as in a sample: `p99 ms`
    name: str
    median: float
    #: smallest and largest of the rounds
    low: float
    high: float
    rounds: int
    #: only what the peer adds to the docassemble that it runs inside of
    added: bool = False
    #: median by the median of ours; None where that says nothing
    ratio: float | None = None

    @property
    def key(self) -> Key:
        """What the figure is of."""
        return (self.measure, self.peer, self.load, self.name)


Figures = Mapping[Key, Figure]
