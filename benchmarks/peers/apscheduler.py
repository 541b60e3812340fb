"""APScheduler 3, with its SQLAlchemy store in PostgreSQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.load import Entry, Load
from benchmarks.peers.peer import PROGRAMS, Running, after_the_full_second, services
from benchmarks.place import Place
from devserver.service import Service


class APScheduler:
    """A process of its own, with the pool of 20 threads of the example in its user guide."""

    name = "apscheduler"

    def __init__(self, place: Place) -> None:
        self._place = place

    @contextmanager
    def running(self, load: Load, notes: Path) -> Iterator[Running]:
        """Start PostgreSQL with an empty store, and the process."""
        place = self._place
        with place.postgres() as postgres:
            ready = notes.with_suffix(".ready")
            service = Service(
                [place.python, PROGRAMS / "apscheduler_program.py"],
                log=place.fresh_log("apscheduler"),
                env=place.environ(load, notes, DATABASE=postgres.url, READY=str(ready)),
            )
            with services(service) as running:
                service.wait_until(ready.exists, "APScheduler", 300)
                yield replace(running, databases=[postgres.pid], analyze=postgres.analyze)

    def lateness(self, entries: Sequence[Entry], load: Load, _notes: Path) -> list[float]:
        """Return lateness: its triggers start at a full second."""
        return after_the_full_second(entries, load)
