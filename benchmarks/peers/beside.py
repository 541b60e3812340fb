"""A peer that runs beside docassemble, on the same machine."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.load import Entry, Load
from benchmarks.peers.peer import Peer, Running


class Beside:
    """The peer, and a docassemble that has nothing to do with it."""

    def __init__(self, peer: Peer, docassemble: Peer) -> None:
        self.name = peer.name
        self._peer = peer
        self._docassemble = docassemble

    @contextmanager
    def running(self, load: Load, notes: Path) -> Iterator[Running]:
        """Start docassemble, then the peer."""
        with (
            self._docassemble.running(Load(jobs=0), notes) as docassemble,
            self._peer.running(load, notes) as running,
        ):
            yield replace(running, url=docassemble.url)

    def lateness(self, entries: Sequence[Entry], load: Load, notes: Path) -> list[float]:
        """Return what the peer says."""
        return self._peer.lateness(entries, load, notes)
