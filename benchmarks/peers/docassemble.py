"""What runs inside docassemble: this package, another checkout of it, the release before it, or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from benchmarks import history
from benchmarks.load import Entry, Load
from benchmarks.peers.peer import PROGRAMS, Running, after_the_full_second
from benchmarks.peers.uwsgi_timers import since_the_earliest
from benchmarks.place import Place
from devserver.server import DevServer
from devserver.service import CHECKOUT


class Docassemble:
    """docassemble without a scheduler: what the others are compared with."""

    installs = False
    #: more settings of its PostgreSQL
    postgres: Mapping[str, object] = MappingProxyType({})
    #: where the jobs stand in the configuration: a name that nobody knows
    block = "not a scheduler"

    def __init__(self, name: str, version: str, place: Place, checkout: Path = CHECKOUT) -> None:
        self.name = name
        self._version = version
        self._place = place
        self._checkout = checkout

    @contextmanager
    def running(self, load: Load, notes: Path) -> Iterator[Running]:
        """Start docassemble with its databases."""
        with self.server({self.block: self.jobs(load, notes)} if load.jobs else {}) as server:
            history.make(server.site.postgres, load, notes)
            yield Running(
                processes=[server.master_pid()],
                databases=[server.site.postgres.pid, server.site.redis.pid],
                analyze=server.site.postgres.analyze,
                url=server.url,
                reload=server.reload,
            )

    def server(self, configuration: Mapping[str, Any]) -> DevServer:
        """Return a devserver that is not started yet."""
        return DevServer(
            configuration,
            docassemble=self._version,
            state=self._place.folder / self.name,
            environments=self._place.environments.folder,
            pythonpath=[PROGRAMS],
            install=self.installs,
            checkout=self._checkout,
            postgres=self.postgres,
            fresh=self.installs,  # each turn begins with the same history: none
        )

    def jobs(self, load: Load, notes: Path) -> Mapping[str, Any]:
        """Return the `scheduler:` block."""
        schedule = self.schedule(load.every)
        return {
            f"benchmark_jobs.enter {name}": {**schedule, "args": [name, str(notes)]} for name in load.names
        }

    def schedule(self, every: int | None) -> Mapping[str, Any]:
        """Return the keys that say when a job is due, in the words that every release knows."""
        if every == 60:
            return {"type": "cron", "minute": "*"}
        if every is None:
            return {"type": "cron", "month": 1, "day": 1, "hour": 0, "minute": 0}
        return {"type": "interval", "seconds": every}

    def lateness(self, entries: Sequence[Entry], load: Load, _notes: Path) -> list[float]:
        """Return lateness: due times are multiples of the period in the clock's seconds."""
        return after_the_full_second(entries, load)


class Scheduler(Docassemble):
    """This package, or another checkout of it, with its defaults and a database of its own."""

    installs = True
    block = "scheduler"


class Synced(Scheduler):
    """This package, with a PostgreSQL that waits for the disk at each commit, as in production."""

    postgres = MappingProxyType({"fsync": "on"})


class Former(Scheduler):
    """docassemble.Scheduler 0.2.2, from a checkout that the user has."""

    def lateness(self, entries: Sequence[Entry], load: Load, _notes: Path) -> list[float]:
        """Return lateness: its intervals are timers of uWSGI, which begin when the server does."""
        return since_the_earliest(entries, load)
