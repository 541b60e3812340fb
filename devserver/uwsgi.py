"""One uWSGI server with docassemble's own settings, on an HTTP socket."""

import http.client
import os
import re
import resource
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devserver import ports, processes
from devserver.errors import DevServerError
from devserver.service import Service

#: docassemble gives a worker 60 s to end before a reload; starting takes ten seconds or so.
START_TIMEOUT = 180.0
_MULE = re.compile(r"^spawned uWSGI mule \d+ \(pid: (\d+)\)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Folder:
    """The files of one server."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.yml"

    @property
    def wsgi(self) -> Path:
        return self.path / "docassemble.wsgi"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def uwsgi_log(self) -> Path:
        return self.log / "uwsgi.log"

    @property
    def ini(self) -> Path:
        return self.path / "docassemble.ini"

    @property
    def pidfile(self) -> Path:
        return self.path / "uwsgi.pid"

    def make(self) -> None:
        """Make what docassemble expects to be there."""
        self.log.mkdir(parents=True, exist_ok=True)
        self.wsgi.touch()


def ini(
    folder: Folder,
    venv: Path,
    port: int,
    options: Mapping[str, object] | None = None,
) -> str:
    """docassemble.ini as in docassemble's image, but for the socket (HTTP), the places and ``options``."""
    counts = {"processes": 1, "threads": 6, **(options or {})}
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    lines = [
        "[uwsgi]",
        "master = true",
        "enable-threads = true",
        *(f"{name} = {value}" for name, value in counts.items()),
        "vhost = true",
        f"http-socket = 127.0.0.1:{port}",
        # uWSGI closes after each answer: say so, and read all of the request first. (In the image nginx
        # sees to both.)
        "add-header = Connection: close",
        "post-buffering = 65536",
        "manage-script-name = true",
        "mount = /=docassemble.webapp.run:application",
        f"venv = {venv}",
        f"pidfile = {folder.pidfile}",
        "buffer-size = 32768",
        f"touch-reload = {folder.wsgi}",
        f"py-executable = {venv}/bin/python",
        f"max-fd = {min(most_files, 1048576)}",
        "die-on-term = true",
    ]
    return "\n".join(lines) + "\n"


class Uwsgi:
    """A uWSGI server: master, one worker, six threads, unless ``options`` say otherwise."""

    def __init__(
        self,
        folder: Folder,
        venv: Path,
        env: Mapping[str, str],
        port: int,
        *,
        options: Mapping[str, object] | None = None,
        user: int | None = None,
    ) -> None:
        self.folder = folder
        self.port = port
        self._answered = False
        folder.make()
        folder.ini.write_text(ini(folder, venv, port, options), encoding="utf-8")
        command: list[str | Path] = [venv / "bin/uwsgi", "--ini", folder.ini]
        self._service = Service(
            command, log=folder.uwsgi_log, env=env, cwd=folder.path, user=user, stop_signal=signal.SIGINT
        )

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the master runs."""
        return self._service.running

    def start(self) -> None:
        """Start; see ``wait`` for when it answers."""
        self.folder.pidfile.unlink(missing_ok=True)
        self._answered = False
        self._service.start()

    def wait(self) -> None:
        """Wait until the sign-in page answers 200."""
        self._service.wait_until(self.answers, f"answer from {self.url}", START_TIMEOUT, every=0.2)
        self._answered = True

    def begin_stop(self) -> None:
        """Have the server stopped, its worker too; does not wait."""
        # While uWSGI loads docassemble it does not listen to signals.
        self._service.begin_stop(at_once=not self._answered)

    def stop(self) -> None:
        """Stop the server, its worker too."""
        self.begin_stop()
        self._service.stop()

    def reload(self) -> None:
        """docassemble's own restart: touch the file, wait until a new worker answers."""
        self._reload(lambda: os.utime(self.folder.wsgi))

    def hang_up(self) -> None:
        """The same by a signal to the master."""
        self._reload(lambda: processes.send(self.master_pid(), signal.SIGHUP))

    def _reload(self, begin: Callable[[], None]) -> None:
        before = self.worker_pid()
        begin()
        self._service.wait_until(lambda: self._has_worker_after(before), "new worker", START_TIMEOUT)
        self.wait()

    def master_pid(self) -> int:
        """The pid of the master."""
        try:
            return int(self.folder.pidfile.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DevServerError(f"uWSGI on port {self.port} is not running") from error

    def worker_pid(self) -> int:
        """The pid of the (first) worker; raises DevServerError when there is none just now."""
        return self._first(self._workers(), "worker")

    def mule_pid(self) -> int:
        """The pid of the (first) mule; raises DevServerError when there is none just now."""
        return self._first(self._mules(), "mule")

    def _first(self, pids: Sequence[int], what: str) -> int:
        if not pids:
            raise DevServerError(f"uWSGI on port {self.port} has no {what}")
        return pids[0]

    def _workers(self) -> list[int]:
        mules = self._mules()
        return [pid for pid in processes.children_of(self.master_pid()) if pid not in mules]

    def _mules(self) -> list[int]:
        """Only the log tells which of the master's children are mules."""
        spawned = {int(pid) for pid in _MULE.findall(self.folder.uwsgi_log.read_text(errors="replace"))}
        return [pid for pid in processes.children_of(self.master_pid()) if pid in spawned]

    def answers(self) -> bool:
        """Whether the sign-in page is there."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/user/sign-in")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _has_worker_after(self, before: int) -> bool:
        workers = self._workers()
        return bool(workers) and before not in workers and ports.answers(self.port)
