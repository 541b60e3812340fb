"""Where a benchmark works: its folder, the environment of the peers outside docassemble, and their databases."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load import Load
from benchmarks.peers.peer import PROGRAMS
from devserver.environment import Environments
from devserver.errors import DevServerError
from devserver.locks import locked
from devserver.postgres import Postgres
from devserver.redis import Redis
from devserver.releases import RELEASES, Release
from devserver.service import CHECKOUT, run

REQUIREMENTS = locked("benchmarks")
#: the last docassemble that 0.2.2 loads on
LAST_OF_FORMER = "1.9"
#: the packages of the peers outside docassemble
PEERS = ("APScheduler", "pgqueuer", "procrastinate", "celery", "rq")
CORES = os.cpu_count() or 1


class Place:
    """A folder, used by one benchmark at a time, and the docassemble that is measured in it."""

    def __init__(self, folder: Path, environments: Environments, release: Release) -> None:
        self.folder = folder.resolve()
        self.environments = environments
        self.release = release

    @property
    def programs(self) -> Path:
        """The folder of the peers' programs."""
        return self.folder / "venv/bin"

    @property
    def python(self) -> Path:
        """The Python of the peers outside docassemble."""
        return self.programs / "python"

    @property
    def uwsgi(self) -> Path:
        """The uWSGI that docassemble runs under."""
        return self.folder / "uwsgi/bin/uwsgi"

    def prepare(self) -> None:
        """Install the peers, unless they are there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.environments.prepare(self.release)
        self.environments.clone(self.release, self.folder / "uwsgi")
        stamp, wanted = self.folder / "venv/installed", REQUIREMENTS.read_text(encoding="utf-8")
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
            run([sys.executable, "-m", "venv", "--clear", self.folder / "venv"])
            self.environments.pip_install(self.folder / "venv", "-r", REQUIREMENTS)
            stamp.write_text(wanted, encoding="utf-8")

    def versions(self) -> dict[str, str]:
        """Return the versions of what is measured."""
        programs = {
            "docassemble": self.release.version,
            "uWSGI": _version(self.uwsgi.parent / "python", "uwsgi"),
        }
        return programs | {name: _version(self.python, name) for name in PEERS}

    def environ(self, load: Load, notes: Path, **more: str) -> dict[str, str]:
        """Return the environment variables of a program that runs a load."""
        return {
            "PATH": os.pathsep.join([str(self.programs), os.environ.get("PATH", os.defpath)]),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(PROGRAMS),
            "JOBS": str(load.jobs),
            "EVERY": "" if load.every is None else str(load.every),
            "LASTING": str(load.lasting),
            "NOTES": str(notes),
            **more,
        }

    def fresh_log(self, name: str) -> Path:
        """Return the path of an empty log."""
        log = self.folder / f"{name}.log"
        log.unlink(missing_ok=True)
        return log

    @contextmanager
    def postgres(self) -> Iterator[Postgres]:
        """Start an empty PostgreSQL: the same program with the same settings as docassemble's."""
        postgres = Postgres(self.environments.tools, self.folder / "postgres")
        postgres.remove()
        try:
            postgres.start()
            yield postgres
        finally:
            postgres.stop()

    @contextmanager
    def redis(self) -> Iterator[Redis]:
        """Start an empty Redis."""
        shutil.rmtree(self.folder / "redis", ignore_errors=True)
        redis = Redis(self.environments.tools, self.folder / "redis")
        try:
            redis.start()
            yield redis
        finally:
            redis.stop()


def release_of_former() -> Release:
    """Return the newest release that 0.2.2 loads on; raises DevServerError when the table has none."""
    for release in RELEASES:
        if release.series == LAST_OF_FORMER:
            return release
    raise DevServerError(
        f"0.2.2 loads on docassemble {LAST_OF_FORMER} at most, and devserver/releases.py has none: "
        "measure without --former"
    )


def commit(checkout: Path = CHECKOUT) -> str:
    """Return the commit of a checkout, with a plus sign when files differ from it."""
    command = ["git", "describe", "--always", "--dirty=+", "--abbrev=7", "--exclude=*"]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False).stdout.strip()


def _version(python: Path, package: str) -> str:
    program = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run([python, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
