"""docassemble as in its container: all files below one root, which are a user's, as the processes are.

The root is in the site's folder, or, where that user cannot get there, in a place that belongs to it.
"""

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from devserver import interpreters
from devserver.environment import Environments
from devserver.errors import DevServerError
from devserver.ownership import give, number_of, open_to_all, place_for, within_reach
from devserver.releases import Release
from devserver.site import Site
from devserver.uwsgi import Folder

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, kw_only=True)
class ContainerFolder(Folder):
    """The files of the server; ``path`` is what /usr/share/docassemble is in the container."""

    @property
    def config(self) -> Path:
        return self.path / "config/config.yml"

    @property
    def ini(self) -> Path:
        return self.path / "config/docassemble.ini"

    @property
    def wsgi(self) -> Path:
        return self.path / "webapp/docassemble.wsgi"

    @property
    def pidfile(self) -> Path:
        return self.path.parent / "run/uwsgi.pid"

    def make(self) -> None:
        """Make what docassemble expects to be there."""
        for file in (self.config, self.wsgi, self.pidfile):
            file.parent.mkdir(parents=True, exist_ok=True)
        super().make()


class ContainerSite(Site):
    """A site of another user. Its databases are not that user's, as in the container."""

    def __init__(
        self, folder: Path, environments: Environments, release: Release, *, install: bool, user: str
    ) -> None:
        super().__init__(folder, environments, release, install=install)
        self.user: int = number_of(user)
        self._user_name = user

    @cached_property
    def _place(self) -> Path:
        here = self.folder if open_to_all(self.folder) else place_for(self.folder)
        return here / "container"

    @property
    def root(self) -> Path:
        """What /usr/share/docassemble is in the container."""
        return self._place / "docassemble"

    @property
    def venv(self) -> Path:
        """docassemble's environment; its name has the number of Python."""
        return self.root / "local{}.{}".format(*self._python.minor)

    @property
    def home(self) -> Path:
        """What /var/www is in the container."""
        return self._place / "www"

    @property
    def files(self) -> Path:
        """docassemble's uploads."""
        return self.root / "files"

    def server(self, index: int) -> ContainerFolder:
        """The files of the server; raises DevServerError for a second one, since a container has one."""
        if index:
            raise DevServerError("a docassemble with a user of its own has one server")
        return ContainerFolder(path=self.root)

    def hand_over(self) -> None:
        """Give the user all files: those made here are root's."""
        give(self._place, self.user)

    def environ(self, config: Path, pythonpath: Sequence[Path] = ()) -> dict[str, str]:
        """The environment variables that supervisor gives in the container, and what this machine needs."""
        own = {
            "HOME": str(self.home),
            "USER": self._user_name,
            "LOGNAME": self._user_name,
            "NLTK_DATA": str(within_reach(self.environments.corpora)),
            "PATH": os.pathsep.join(
                [str(self.venv / "bin"), str(self.postgres.readable_programs()), SYSTEM_PATH]
            ),
        }
        if self._reachable_prefix != self._prefix:
            # of a Python that was copied, programs look for its library where it was
            own["LD_LIBRARY_PATH"] = str(self._reachable_prefix / "lib")
        return super().environ(config, pythonpath) | own

    def _make_environment(self) -> None:
        self.venv.parent.mkdir(parents=True, exist_ok=True)
        self.environments.copy(self.release, self.venv)
        if self._reachable_prefix != self._prefix:
            self._move_python()

    def _move_python(self) -> None:
        """Let the environment be that of the copied Python."""
        program = self._python.path.resolve().name
        python = self.venv / "bin/python"
        python.unlink()
        python.symlink_to(self._reachable_prefix / "bin" / program)
        settings = self.venv / "pyvenv.cfg"
        home = f"home = {python.readlink().parent}"
        text = re.sub("^home = .*$", home, settings.read_text(encoding="utf-8"), flags=re.MULTILINE)
        settings.write_text(text, encoding="utf-8")

    @cached_property
    def _python(self) -> interpreters.Interpreter:
        return interpreters.find(self.release)

    @property
    def _prefix(self) -> Path:
        """The folder with all of the Python that the environment was made with."""
        return self._python.path.resolve().parent.parent

    @cached_property
    def _reachable_prefix(self) -> Path:
        return within_reach(self._prefix)

    def _clear(self) -> None:
        super()._clear()
        kept = {self.venv} if self._install else set()
        for path in (self.home, *self.root.glob("*")):
            if path not in kept:
                shutil.rmtree(path, ignore_errors=True)
