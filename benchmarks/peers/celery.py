"""Celery's beat, and a worker with as many processes as there are cores, on Redis."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.load import Entry, Load, read_entries
from benchmarks.peers.peer import PROGRAMS, Running, after_the_full_second, services
from benchmarks.place import CORES, Place
from devserver.service import Service, tail


class Celery:
    """Results are kept in Redis too: the record of a run."""

    name = "celery"

    def __init__(self, place: Place) -> None:
        self._place = place

    @contextmanager
    def running(self, load: Load, notes: Path) -> Iterator[Running]:
        """Start Redis, worker and beat."""
        place = self._place
        with place.redis() as redis:
            noted = {"PUBLISHED": str(_published(notes))} if load.dues_noted else {}
            environ = place.environ(load, notes, REDIS=redis.url, C_FORCE_ROOT="true", **noted)
            command: list[str | Path] = [place.programs / "celery", "-A", "celery_program"]
            worker = Service(
                [*command, "worker", "--loglevel=INFO", f"--concurrency={CORES}"],
                log=place.fresh_log("celery-worker"),
                env=environ,
                cwd=PROGRAMS,
            )
            beat = Service(
                [*command, "beat", "-s", notes.with_suffix(".beat")],
                log=place.fresh_log("celery-beat"),
                env=environ,
                cwd=PROGRAMS,
            )
            with services(worker, beat) as running:
                worker.wait_until(lambda: " ready." in tail(worker.log, 200), "Celery worker", 60)
                yield replace(running, databases=[redis.pid])

    def lateness(self, entries: Sequence[Entry], load: Load, notes: Path) -> list[float]:
        """Return lateness: an interval begins when the task was last sent, a crontab at the full minute."""
        if load.every == 60:
            return after_the_full_second(entries, load)
        sent = defaultdict(list)
        for entry in read_entries(_published(notes)):
            sent[entry.job].append(entry.at)
        return [
            late for entry in entries if (late := since_sent(entry.at, sent[entry.job], load)) is not None
        ]


def since_sent(at: float, sent: Sequence[float], load: Load) -> float | None:
    """Return how long after its due time a task was entered; None for the first one, whose due time nobody knows."""
    before = [each for each in sent if each <= at]
    return None if len(before) < 2 else at - (before[-2] + (load.every or 1))


def _published(notes: Path) -> Path:
    return notes.with_suffix(".published")
