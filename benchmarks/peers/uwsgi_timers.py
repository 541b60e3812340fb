"""uWSGI's own timers, each with a handler in Python: the limit of what can be built upon them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load import Entry, Load
from benchmarks.peers.peer import PROGRAMS, Running, services
from benchmarks.place import Place
from devserver import ports
from devserver.service import Service


class UwsgiTimers:
    """A uWSGI server with the processes and threads that docassemble gives it."""

    name = "uwsgi"

    def __init__(self, place: Place) -> None:
        self._place = place

    @contextmanager
    def running(self, load: Load, notes: Path) -> Iterator[Running]:
        """Start the server."""
        place, port = self._place, ports.free_port()
        options = ["--master", "--enable-threads", "--processes=1", "--threads=6", "--die-on-term"]
        service = Service(
            [
                place.uwsgi,
                *options,
                f"--http-socket=127.0.0.1:{port}",
                f"--wsgi-file={PROGRAMS / 'uwsgi_program.py'}",
            ],
            log=place.fresh_log("uwsgi"),
            env=place.environ(load, notes),
        )
        with services(service) as running:
            service.wait_until(lambda: ports.answers(port), "answer from uWSGI", 30)
            yield running

    def lateness(self, entries: Sequence[Entry], load: Load, _notes: Path) -> list[float]:
        """Return lateness after the full minute for cron entries; for timers, after what was rung earliest."""
        return since_the_earliest(entries, load)


def since_the_earliest(entries: Sequence[Entry], load: Load) -> list[float]:
    """Return lateness where the period begins whenever the server did: at the earliest moment of all periods."""
    every = load.every or 1
    if every == 60:
        return [entry.at % 60 for entry in entries]
    phases = [entry.at % every for entry in entries]
    # the phase after the longest gap on the circle is the earliest
    ordered = sorted(phases)
    gaps = [(ordered[index] - ordered[index - 1]) % every for index in range(len(ordered))]
    earliest = ordered[gaps.index(max(gaps))]
    return [(phase - earliest) % every for phase in phases]
