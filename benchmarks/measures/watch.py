"""A peer that runs a load, and what is seen of it in a window of so many seconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import conditions
from benchmarks.conditions import Conditions
from benchmarks.load import Entry, Load, read_entries
from benchmarks.peers.peer import Peer, Running
from benchmarks.usage import cpu_seconds
from devserver.errors import DevServerError
from devserver.waiting import until

#: seconds after its start in which a peer is not watched yet
SETTLING = 2.0


@dataclass(frozen=True, slots=True)
class Watch:
    """What was seen of a peer from `begin` to `end` (Unix time)."""

    begin: float
    end: float
    #: seconds of CPU of the peer's own processes, and of its databases
    cpu: float
    databases: float
    entries: list[Entry]
    conditions: Conditions

    @property
    def seconds(self) -> float:
        """How long it was watched."""
        return self.end - self.begin


@dataclass(slots=True)
class Scene:
    """A peer that runs a load."""

    peer: Peer
    running: Running
    load: Load
    notes: Path
    #: of the window that was measured last
    conditions: Conditions = field(default_factory=dict)
    _watches: dict[float, Watch] = field(default_factory=dict)

    def watch(self, seconds: float) -> Watch:
        """Return what was seen in so many seconds; measures with windows of the same length share one."""
        if seconds not in self._watches:
            self.settle()
            self._watches[seconds] = self._watch(seconds)
        self.conditions = self._watches[seconds].conditions
        return self._watches[seconds]

    @contextmanager
    def window(self) -> Iterator[None]:
        """Note the conditions of what is measured in the block."""
        beginning = conditions.begin()
        yield
        self.conditions = beginning.until_now()

    def settle(self) -> None:
        """Let the peer run for a moment, then give its database the statistics that it has after a while."""
        time.sleep(SETTLING)
        if self.running.analyze is not None:
            self.running.analyze()

    def _watch(self, seconds: float) -> Watch:
        running = self.running
        with self.window():
            begin, cpu, databases = (
                time.time(),
                cpu_seconds(running.processes),
                cpu_seconds(running.databases),
            )
            time.sleep(seconds)
            cpu, databases = cpu_seconds(running.processes) - cpu, cpu_seconds(running.databases) - databases
            end = time.time()
        entries = [entry for entry in read_entries(self.notes) if begin <= entry.at < end]
        return Watch(begin, end, cpu, databases, entries, self.conditions)


def some(entries: list[Entry], peer: Peer) -> list[Entry]:
    """Return the entries; raises DevServerError when there are none."""
    if not entries:
        raise DevServerError(f"{peer.name} ran nothing while it was watched")
    return entries


def of_one_period(scene: Scene) -> tuple[float, list[Entry]]:
    """Return when the next period of the load begins, and the entry of each job in it, once all are there."""
    every, jobs = scene.load.every or 1, scene.load.jobs
    # what is run before the period begins was due earlier, in the one before perhaps
    begin = (time.time() // every + 1) * every

    def entries() -> list[Entry]:
        return [entry for entry in read_entries(scene.notes) if entry.at >= begin]

    time.sleep(begin - time.time())
    with scene.window():
        # looking takes CPU time that the peer may need
        until(lambda: len(entries()) >= jobs, f"{jobs} entries of one period", 180, 0.5)
    return begin, entries()[:jobs]
