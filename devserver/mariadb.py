"""docassemble on a MariaDB that runs already, in a database and with a user of its own; gone at the end."""

import hashlib
import os
import socket
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from devserver import locks
from devserver.environment import Environments
from devserver.errors import DevServerError
from devserver.releases import Release
from devserver.site import Site

#: where MariaDB is, as a user who may make databases and users; what SQLAlchemy takes, with a slash at the end
URL = os.environ.get("TEST_MARIADB", "mysql+pymysql://root:@127.0.0.1:3306/")
DRIVER = "pymysql"
PASSWORD = "docassemble"  # noqa: S105 - of a database that is thrown away with the devserver
#: the devserver itself has no driver; docassemble's environment does
PROGRAM = """\
import sys
from sqlalchemy import create_engine
url, *statements = sys.stdin.read().splitlines()
with create_engine(url, isolation_level="AUTOCOMMIT").connect() as connection:
    for statement in statements:
        connection.exec_driver_sql(statement)
"""


class MariaDB:
    """A database named after the site's folder, so that the next start removes what a killed devserver left."""

    def __init__(self, venv: Path, folder: Path) -> None:
        self._python = venv / "bin/python"
        place = f"{socket.gethostname()}:{folder}"
        self.name = f"devserver_{hashlib.sha256(place.encode()).hexdigest()[:12]}"
        self._is_open = False

    @property
    def config(self) -> dict[str, Any]:
        """What docassemble's configuration says in `db`."""
        server = urlsplit(URL)
        return {
            "prefix": f"mysql+{DRIVER}://",
            "name": self.name,
            "user": self.name,  # docassemble takes no empty password, which the user of TEST_MARIADB may have
            "password": PASSWORD,
            "host": server.hostname,
            "port": server.port or 3306,
        }

    @property
    def url(self) -> str:
        """Of docassemble's database, for SQLAlchemy."""
        return "{prefix}{user}:{password}@{host}:{port}/{name}".format(**self.config)

    def open(self) -> None:
        """Make it, empty; raises DevServerError when that is not possible here."""
        self._execute(
            *self._removal,
            f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4",
            f"CREATE USER {self.name} IDENTIFIED BY '{PASSWORD}'",
            f"GRANT ALL ON {self.name}.* TO {self.name}",
        )
        self._is_open = True

    def close(self) -> None:
        """Take it away, if it was made."""
        if self._is_open:
            self._execute(*self._removal)
            self._is_open = False

    @property
    def _removal(self) -> tuple[str, str]:
        return (f"DROP DATABASE IF EXISTS {self.name}", f"DROP USER IF EXISTS {self.name}")

    def _execute(self, *statements: str) -> None:
        result = subprocess.run(
            [self._python, "-c", PROGRAM],
            input="\n".join([URL, *statements]),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            said = result.stderr.strip().splitlines()[-3:]
            raise DevServerError("\n".join([f"MariaDB at {URL.rpartition('@')[2]}:", *said]))


class MariaDBSite(Site):
    """A site that is empty at each start, as its database is. PostgreSQL is not started."""

    def __init__(self, folder: Path, environments: Environments, release: Release, *, install: bool) -> None:
        super().__init__(folder, environments, release, install=install)
        self.mariadb = MariaDB(self.venv, self.folder)

    @property
    def db(self) -> dict[str, Any]:
        """What docassemble's configuration says of its SQL database."""
        return self.mariadb.config

    @property
    def database_url(self) -> str:
        """Of docassemble's database, for SQLAlchemy."""
        return self.mariadb.url

    def open(self, *, fresh: bool) -> None:  # noqa: ARG002 - nothing is there that could be kept
        """Lock the folder, prepare the environment and make the database."""
        super().open(fresh=True)
        self.mariadb.open()

    def close(self) -> None:
        """Drop the database too."""
        try:
            self.mariadb.close()
        finally:
            super().close()

    def start_databases(self) -> None:
        """Start Redis; MariaDB runs already."""
        self.redis.start()

    def make_tables(self, port: int) -> None:
        """Have docassemble make its tables: there is no copy of a database of somebody else's server."""
        self._create_tables(port)

    def _make_environment(self) -> None:
        """Add the driver, which docassemble leaves to whoever operates it, in the version that the tests have."""
        super()._make_environment()
        self.environments.pip_install(self.venv, "--no-deps", DRIVER, lock=locks.locked("dev"))
