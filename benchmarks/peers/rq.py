"""RQ with its own scheduler, and as many workers as there are cores, on Redis."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.load import Entry, Load
from benchmarks.peers.peer import PROGRAMS, Running, after_the_full_second, services
from benchmarks.place import CORES, Place
from devserver.service import Service, run, tail


class Rq:
    """Each minute: RQ's cron. Else its scheduler, which has to be told each due time beforehand."""

    name = "rq"

    def __init__(self, place: Place) -> None:
        self._place = place

    @contextmanager
    def running(self, load: Load, notes: Path) -> Iterator[Running]:
        """Start Redis and the workers, and schedule what is to be run."""
        place = self._place
        with place.redis() as redis:
            environ = place.environ(load, notes, REDIS=redis.url)
            workers = [
                Service(
                    [place.programs / "rq", "worker", "--with-scheduler", "--url", redis.url],
                    log=place.fresh_log(f"rq-worker{number}"),
                    env=environ,
                )
                for number in range(CORES)
            ]
            cron = Service(
                [place.programs / "rq", "cron", PROGRAMS / "rq_cron.py", "--url", redis.url],
                log=place.fresh_log("rq-cron"),
                env=environ,
            )
            if load.every != 60:
                run([place.python, PROGRAMS / "rq_program.py"], env=environ)
            with services(*workers, *([cron] if load.every == 60 else [])) as running:
                for worker in workers:
                    worker.wait_until(partial(_is_ready, worker), "RQ worker", 60)
                yield replace(running, databases=[redis.pid])

    def lateness(self, entries: Sequence[Entry], load: Load, _notes: Path) -> list[float]:
        """Return lateness after the full seconds that it was told."""
        return after_the_full_second(entries, load)


def _is_ready(worker: Service) -> bool:
    return "istening on" in tail(worker.log, 200)
