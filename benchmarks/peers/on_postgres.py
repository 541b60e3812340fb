"""A program of its own that keeps its jobs in PostgreSQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.load import Entry, Load
from benchmarks.peers.peer import PROGRAMS, Running, after_the_full_second, services
from benchmarks.place import Place
from devserver.service import Service


class OnPostgres:
    """A peer whose due times are multiples of the period in the clock's seconds."""

    def __init__(self, name: str, place: Place, program: str, *arguments: str) -> None:
        self.name = name
        self._place = place
        self._command: list[str | Path] = [place.python, PROGRAMS / program, *arguments]

    @contextmanager
    def running(self, load: Load, notes: Path) -> Iterator[Running]:
        """Start an empty PostgreSQL, and the program."""
        place = self._place
        with place.postgres() as postgres:
            ready = notes.with_suffix(".ready")
            service = Service(
                self._command,
                log=place.fresh_log(self.name),
                env=place.environ(load, notes, DATABASE=postgres.url, READY=str(ready)),
            )
            with services(service) as running:
                service.wait_until(ready.exists, self.name, 300)
                yield replace(running, databases=[postgres.pid], analyze=postgres.analyze)

    def lateness(self, entries: Sequence[Entry], load: Load, _notes: Path) -> list[float]:
        """Return lateness after the full second."""
        return after_the_full_second(entries, load)
