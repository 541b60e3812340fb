"""What a benchmark needs of a peer."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.load import Entry, Load
from devserver.errors import DevServerError
from devserver.service import Service
from devserver.waiting import until

PROGRAMS = Path(__file__).parent.parent / "programs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A peer that runs."""

    #: pids of the peer's own processes; what they have started belongs to them
    processes: Sequence[int]
    #: pids of the database servers it works with
    databases: Sequence[int] = ()
    #: gives its PostgreSQL the statistics that autovacuum would make after a minute
    analyze: Callable[[], None] | None = None
    #: address of the docassemble it runs in, and its restart
    url: str | None = None
    reload: Callable[[], None] | None = None


class Peer(Protocol):
    """A scheduler."""

    #: as in the results
    name: str

    def running(self, load: Load, notes: Path) -> AbstractContextManager[Running]:
        """Run the load, with notes in that (empty) file; entered when all of it is scheduled."""
        ...

    def lateness(self, entries: Sequence[Entry], load: Load, notes: Path) -> list[float]:
        """Return how late each entry was (seconds) after the due time by the peer's own rule."""
        ...


def after_the_full_second(entries: Sequence[Entry], load: Load) -> list[float]:
    """Return lateness where due times are multiples of the period, in the clock's own seconds."""
    every = load.every or 1
    return [entry.at % every for entry in entries]


@contextmanager
def services(*started: Service) -> Iterator[Running]:
    """Start programs, and stop them."""
    try:
        for service in started:
            service.start()
        yield Running(processes=[_pid(service) for service in started])
    finally:
        for service in started:
            service.begin_stop()
        for service in started:
            service.stop()


def _pid(service: Service) -> int:
    """Return the pid of a program; its guard needs a moment to start it."""

    def pid() -> int:
        try:
            return service.pid
        except DevServerError:
            return 0

    return until(pid, service.log.stem, 10, 0.01)
