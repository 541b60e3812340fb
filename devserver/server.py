"""The devserver as an object, for tests and benchmarks."""

import re
import signal
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from devserver import debian, ports, processes, settings
from devserver.celery import QUEUES, Celery
from devserver.container import ContainerSite
from devserver.environment import Environments, read_yaml
from devserver.errors import DevServerError
from devserver.logs import whole_log
from devserver.mariadb import MariaDBSite
from devserver.progress import step
from devserver.releases import NEWEST, release
from devserver.service import CHECKOUT
from devserver.site import Site
from devserver.uwsgi import Uwsgi
from devserver.waiting import until

if TYPE_CHECKING:
    import subprocess

    from devserver.client import Client

DEFAULT_STATE = Path(".devserver")
DATABASES = ("postgresql", "mariadb")


class DevServer:
    """A real docassemble under uWSGI, with PostgreSQL, Redis and (if wanted) Celery of its own.

    ``database`` is ``postgresql`` or ``mariadb``: then a database on a MariaDB that runs already, dropped at the end.
    ``config`` is a mapping, or the path of a YAML file, merged over the devserver's own configuration.
    ``celery`` names the queues that have a worker; True = all.
    ``servers`` uWSGI servers share the database and Redis. ``install=False`` leaves our package out; it comes
    from ``checkout``.
    ``environments`` is where the environments that may be shared are made (default: in ``state``).
    ``fresh`` starts with an empty database, Redis, logs and uploads. ``uwsgi`` has more options for uWSGI, such as
    ``{"mules": 1, "threads": 2}``, ``postgres`` more settings for PostgreSQL. ``environ`` adds environment variables to all processes of docassemble. With
    ``user``, files and processes are those of that user and lie as in docassemble's container:
    ``devserver.container``.
    """

    def __init__(
        self,
        config: Mapping[str, Any] | Path | None = None,
        *,
        docassemble: str = NEWEST.version,
        servers: int = 1,
        state: Path = DEFAULT_STATE,
        pythonpath: Sequence[Path] = (),
        install: bool = True,
        checkout: Path = CHECKOUT,
        celery: bool | Collection[str] = False,
        port: int | None = None,
        fresh: bool = False,
        environments: Path | None = None,
        uwsgi: Mapping[str, object] | None = None,
        postgres: Mapping[str, object] | None = None,
        environ: Mapping[str, str] | None = None,
        user: str | None = None,
        database: str = "postgresql",
    ) -> None:
        self._config = config or {}
        self._pythonpath = tuple(pythonpath)
        self._queues = QUEUES if celery is True else celery or ()
        self._fresh = fresh
        self._uwsgi_options = uwsgi
        self._more_environ = environ or {}
        name = docassemble if install else f"{docassemble}-bare"
        if checkout != CHECKOUT:
            # what sites of the same name share, such as their first tables, depends on the package
            name = f"{docassemble}-{checkout.name}"
        shared = Environments(environments or state / "environments")
        what = release(docassemble)
        self.site: Site
        if database == "mariadb":
            if user is not None:
                raise DevServerError("a docassemble with a user of its own has a PostgreSQL of its own")
            self.site = MariaDBSite(state / f"{name}-mariadb", shared, what, install=install)
        elif user is not None:
            self.site = ContainerSite(state / user / name, shared, what, install=install, user=user)
        else:
            self.site = Site(state / name, shared, what, install=install)
        self.site.checkout = checkout
        self.site.postgres_settings = postgres or {}
        self._folders = [self.site.server(index) for index in range(servers)]
        self._port = port
        self._servers: list[Uwsgi] = []
        self._celery: Celery | None = None

    def __enter__(self) -> "DevServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until every server's sign-in page answers.

        Raises DevServerError with the reason; nothing is left running then.
        """
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        debian.provide()
        self.site.open(fresh=self._fresh)
        taken = [
            self._port + index if self._port else ports.free_port() for index in range(len(self._folders))
        ]
        for folder in self._folders:
            folder.make()
        self._write_configs(taken)
        self.site.make_tables(taken[0])
        self.site.start_databases()
        with step(f"starting docassemble {self.site.release.version} under uWSGI", usual=10):
            self._start_servers(taken)

    def _start_servers(self, taken: Sequence[int]) -> None:
        for index, port in enumerate(taken):
            server = Uwsgi(
                self._folders[index],
                self.site.venv,
                self.environ(index),
                port,
                options=self._uwsgi_options,
                user=self.site.user,
            )
            self._servers.append(server)
        self.site.hand_over()
        for server in self._servers:
            server.start()
        if self._queues:
            environ = self.environ()
            queues = tuple(self._queues)
            self._celery = Celery(self.site.venv, self.log_folder(), environ, queues, user=self.site.user)
            self._celery.start()
        for server in self._servers:
            server.wait()
        if self._celery:
            self._celery.wait()

    def stop(self) -> None:
        """Stop everything. Safe to call at any time, more than once."""
        parts: list[Uwsgi | Celery] = [*self._servers, *([self._celery] if self._celery else [])]
        for part in parts:
            part.begin_stop()
        for part in parts:
            part.stop()
        self._servers.clear()
        self._celery = None
        self.site.close()

    # --- one server -------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The first server's address, without a slash at the end."""
        return self._servers[0].url

    @property
    def urls(self) -> list[str]:
        """The address of each server."""
        return [server.url for server in self._servers]

    def reload(self, server: int = 0) -> None:
        """docassemble's restart (touch), until the new worker answers."""
        self._servers[server].reload()

    def hang_up(self, server: int = 0) -> None:
        """The same restart, by a signal to the master."""
        self._servers[server].hang_up()

    def restart(self, server: int = 0) -> None:
        """Stop one uWSGI server and start it again, until it answers. Also brings back a killed one."""
        self._servers[server].stop()
        self._servers[server].start()
        self._servers[server].wait()

    def wait(self, server: int = 0) -> None:
        """Wait until a server answers."""
        self._servers[server].wait()

    def worker_pid(self, server: int = 0) -> int:
        """The pid of a server's worker."""
        return self._servers[server].worker_pid()

    def master_pid(self, server: int = 0) -> int:
        """The pid of a server's master."""
        return self._servers[server].master_pid()

    def mule_pid(self, server: int = 0) -> int:
        """The pid of a server's mule."""
        return self._servers[server].mule_pid()

    def kill_worker(self, server: int = 0, sig: int = signal.SIGKILL) -> int:
        """Send a signal to the worker; the master makes a new one. Returns the pid."""
        pid = self.worker_pid(server)
        processes.send(pid, sig)
        return pid

    def kill_master(self, server: int = 0) -> None:
        """End a server as a power cut would: master, worker and all they started. See ``restart``."""
        processes.send(self.master_pid(server), signal.SIGKILL)
        until(lambda: not self._servers[server].running, f"end of server {server}", 20)

    # --- Celery -----------------------------------------------------------------------------------

    @property
    def celery(self) -> Celery:
        """docassemble's Celery workers; raises DevServerError when the devserver was started without."""
        if self._celery is None:
            raise DevServerError("this devserver was started without Celery")
        return self._celery

    # --- the database -----------------------------------------------------------------------------

    def stop_database(self) -> None:
        """Take PostgreSQL away from under docassemble."""
        self.site.postgres.stop()

    def start_database(self) -> None:
        """Bring PostgreSQL back, on the same port and with the same data."""
        self.site.postgres.start()

    # --- configuration ----------------------------------------------------------------------------

    def configure(self, config: Mapping[str, Any] | Path) -> None:
        """Replace the user's part of the configuration; takes effect at the next ``reload``."""
        self._config = config
        self._write_configs([server.port for server in self._servers])

    def config_file(self, server: int = 0) -> Path:
        """The config.yml of a server."""
        return self._folders[server].config

    def _write_configs(self, taken: Sequence[int]) -> None:
        over, text = self._config, None
        if isinstance(over, Path):
            text = over.read_text(encoding="utf-8")
            over = read_yaml(self.python, over)
        for index, port in enumerate(taken):
            base = settings.own(self.site.places(index, port))
            self._folders[index].config.write_text(settings.compose(base, over, text), encoding="utf-8")

    # --- logs -------------------------------------------------------------------------------------

    def log_folder(self, server: int = 0) -> Path:
        """docassemble's log directory."""
        return self._folders[server].log

    @property
    def scheduler_log(self) -> Path:
        """scheduler.log of the first server; may not exist yet."""
        return self.log_folder() / "scheduler.log"

    @property
    def docassemble_log(self) -> Path:
        """docassemble.log of the first server."""
        return self.log_folder() / "docassemble.log"

    @property
    def uwsgi_log(self) -> Path:
        """What uWSGI and docassemble of the first server print."""
        return self._folders[0].uwsgi_log

    def read_log(self, server: int = 0, name: str = "scheduler.log") -> str:
        """The text of a log with what was written before midnight, empty while there is none."""
        return whole_log(self.log_folder(server) / name).decode(errors="replace")

    def wait_for_log(
        self,
        pattern: str,
        timeout: float = 60,
        *,
        server: int = 0,
        name: str = "scheduler.log",
        start: int = 0,
    ) -> "re.Match[str]":
        """Wait until a log matches a regular expression, ``^`` and ``$`` matching at lines; return the match.

        ``start`` skips that many characters, usually ``len(read_log())`` taken before.
        """
        expression = re.compile(pattern, re.MULTILINE)
        found = until(
            lambda: expression.search(self.read_log(server, name)[start:]), f"{pattern!r} in {name}", timeout
        )
        assert found is not None  # noqa: S101 - until() returns true values only
        return found

    # --- in and around docassemble ----------------------------------------------------------------

    @property
    def api_key(self) -> str:
        """The administrator's key for docassemble's API."""
        return settings.API_KEY

    def client(self, server: int = 0) -> "Client":
        """An HTTP client, logged in as administrator. Needs ``requests``."""
        from devserver.client import Client

        client = Client(self._servers[server].url)
        client.log_in()
        return client

    @property
    def python(self) -> Path:
        """The Python of docassemble's environment."""
        return self.site.venv / "bin/python"

    @property
    def database_url(self) -> str:
        """For SQLAlchemy; for psycopg too, unless it is a MariaDB."""
        return self.site.database_url

    @property
    def redis_url(self) -> str:
        """Of the embedded Redis."""
        return self.site.redis.url

    def environ(self, server: int = 0) -> dict[str, str]:
        """The environment variables of a server."""
        return {**self.site.environ(self.config_file(server), self._pythonpath), **self._more_environ}

    def run_python(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run ``python arguments...`` as the first server would; raises DevServerError when it fails."""
        return self.site.run_python(arguments, self.environ())
