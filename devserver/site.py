"""A site: what a docassemble installation keeps between two starts."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TextIO

from devserver.environment import Environments, locked, made_once, package_version
from devserver.errors import DevServerError
from devserver.postgres import Postgres
from devserver.processes import rights_of
from devserver.progress import step
from devserver.redis import Redis
from devserver.releases import Release
from devserver.service import CHECKOUT, run
from devserver.settings import ADMIN_EMAIL, ADMIN_PASSWORD, API_KEY, FIRST_ACCOUNT, Places, own, text_of
from devserver.uwsgi import Folder

FIRST_USER = f"{ADMIN_EMAIL} {ADMIN_PASSWORD} {API_KEY}"


class Site:
    """A folder with an environment, a database, Redis data, uploads; used by one devserver at a time."""

    #: who runs docassemble's processes; None = whoever runs the devserver
    user: int | None = None
    #: where our package comes from
    checkout: Path = CHECKOUT
    #: more settings of its PostgreSQL
    postgres_settings: Mapping[str, object] = MappingProxyType({})

    def __init__(self, folder: Path, environments: Environments, release: Release, *, install: bool) -> None:
        self.folder = folder.resolve()
        self.release = release
        self.environments = environments
        self._install = install
        self.postgres: Postgres
        self.redis: Redis
        self._lock: TextIO | None = None

    @property
    def venv(self) -> Path:
        """docassemble's environment: writable, of this site alone."""
        return self.folder / "venv"

    @property
    def home(self) -> Path:
        """The home folder of docassemble's processes."""
        return self.folder / "home"

    @property
    def files(self) -> Path:
        """docassemble's uploads."""
        return self.folder / "files"

    @property
    def db(self) -> dict[str, Any]:
        """What docassemble's configuration says of its SQL database."""
        return self.postgres.config

    @property
    def database_url(self) -> str:
        """Of docassemble's database, for SQLAlchemy or psycopg."""
        return self.postgres.url

    def server(self, index: int) -> Folder:
        """The files of a server, counted from 0."""
        return Folder(path=self.folder / f"server{index + 1}")

    def open(self, *, fresh: bool) -> None:
        """Lock the folder and prepare the environment; ``fresh`` throws away what the site has kept.

        Raises DevServerError when another devserver works in the folder.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        self.environments.prepare(self.release)
        self.postgres = Postgres(self.environments.tools, self.folder / "postgres", self.postgres_settings)
        self.redis = Redis(self.environments.tools, self.folder / "redis")
        if fresh or self._is_of_others():
            self._clear()
        self._make_environment()
        if self._install:
            self.environments.install_package(self.release, self.venv, self.checkout)
        for folder in (self.home, self.files):
            folder.mkdir(exist_ok=True)
        (self.home / "VERSION").write_text(self.release.version, encoding="utf-8")

    def _make_environment(self) -> None:
        self.environments.clone(self.release, self.venv)

    def hand_over(self) -> None:
        """Let the processes own the files that were made for them; here they do already."""

    def close(self) -> None:
        """Stop the databases and let others use the folder."""
        self.stop_databases()
        if self._lock:
            self._lock.close()
            self._lock = None

    def start_databases(self) -> None:
        """Start PostgreSQL and Redis."""
        self.postgres.start()
        self.redis.start()

    def stop_databases(self) -> None:
        """Stop them, if they run."""
        for part in ("redis", "postgres"):
            if hasattr(self, part):
                getattr(self, part).stop()

    def places(self, server: int, port: int) -> Places:
        """What a server's configuration must name."""
        files = self.server(server)
        return Places(
            venv=self.venv,
            files=self.files,
            home=self.home,
            log=files.log,
            wsgi=files.wsgi,
            port=port,
            db=self.db,
            redis_url=self.redis.url,
        )

    def environ(self, config: Path, pythonpath: Sequence[Path] = ()) -> dict[str, str]:
        """The environment variables of docassemble's processes."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DA_", "PYTHON", "VIRTUAL_ENV", "COVERAGE"))
        }
        own = {
            "DA_CONFIG_FILE": str(config),
            "DA_PYTHON": str(self.venv),
            "VIRTUAL_ENV": str(self.venv),
            "NLTK_DATA": str(self.environments.corpora),
            "HOME": str(self.home),
            "LANG": "en_US.UTF-8",
            "PATH": os.pathsep.join(
                [str(self.venv / "bin"), str(self.postgres.programs), os.environ.get("PATH", os.defpath)]
            ),
        }
        if pythonpath:
            own["PYTHONPATH"] = os.pathsep.join(str(path.resolve()) for path in pythonpath)
        return inherited | own

    def make_tables(self, port: int) -> None:
        """Have docassemble's tables and first users in the databases, which are stopped before and after.

        docassemble makes them once for each release, which takes ten seconds; each new site has a copy.
        ``port`` is that of a server.
        """
        if self._tables.exists():
            return
        templates = self.environments.folder / "sites"
        templates.mkdir(exist_ok=True)
        template = templates / self.folder.name
        environment = (self.venv / "made").read_text(encoding="utf-8")
        # docassemble notes in its database which packages are there
        what = f"{FIRST_USER} {environment} {package_version(self.checkout) if self._install else ''}"
        with locked(templates / f"{template.name}.lock"), made_once(template, what) as needed:
            if needed:
                self._create_tables(port)
                self.postgres.save(template / "postgres")
                self.redis.save(template / "redis")
            else:
                self.postgres.restore(template / "postgres")
                self.redis.restore(template / "redis")
        self._tables.write_text(FIRST_USER, encoding="utf-8")

    def _create_tables(self, port: int) -> None:
        config = self.home / "tables.yml"
        config.write_text(text_of({**own(self.places(0, port)), **FIRST_ACCOUNT}), encoding="utf-8")
        command: list[str | Path] = [self.venv / "bin/python", "-m", "docassemble.webapp.create_tables"]
        self.hand_over()
        self.start_databases()
        log = self.folder / "create_tables.log"
        try:
            with step("creating docassemble's tables", usual=10):
                run(command, env=self.environ(config), cwd=self.home, user=self.user, log=log)
        finally:
            self.stop_databases()

    @property
    def _tables(self) -> Path:
        return self.folder / "tables"

    def _is_of_others(self) -> bool:
        """Whether the database was made for another first user, of an older devserver perhaps."""
        return self._tables.exists() and self._tables.read_text(encoding="utf-8") != FIRST_USER

    def run_python(
        self, arguments: Sequence[str | Path], environ: Mapping[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        """Run docassemble's Python; raises DevServerError, with its output, when that fails."""
        command: list[str | Path] = [self.venv / "bin/python", *arguments]
        result = subprocess.run(
            command,
            env=environ,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            **rights_of(self.user),
        )
        if result.returncode:
            raise DevServerError(
                f"{command} ended with status {result.returncode}:\n{result.stdout}{result.stderr}"
            )
        return result

    def _take_lock(self) -> None:
        lock = (self.folder / "lock").open("w", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise DevServerError(
                f"another devserver uses {self.folder}; give this one another --state"
            ) from error
        self._lock = lock

    def _clear(self) -> None:
        self.postgres.remove()
        # Without our package, the environment itself is what such a site is there to change.
        kept = {"lock", "venv"} if self._install else {"lock"}
        for path in self.folder.iterdir():
            if path.name not in kept:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
