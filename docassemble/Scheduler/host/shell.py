# do not pre-load
"""The docassemble of this machine, seen by a process that is not part of it: the command line, a script.

Its configuration and its database are read without its web application, which takes seconds to load.
"""

from __future__ import annotations

import getpass
import importlib
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from ..core.errors import HostError
from .docassemble import Docassemble
from .privileges import become_owner, is_root

DEFAULT_FILE = "/usr/share/docassemble/config/config.yml"


class Shell(Docassemble):
    """docassemble, for the command line and for scripts."""

    @property
    def scheduler(self) -> Any:
        """None: what runs jobs is in other processes."""
        return None

    @property
    def present_user(self) -> str | None:
        """None: there is no interview here."""
        return None

    @property
    def configuration(self) -> Mapping[str, Any]:
        """docassemble's configuration; raises HostError when it cannot be read."""
        try:
            from docassemble.base import config
        except ImportError as error:
            raise HostError(
                "docassemble is not installed for this Python",
                hint="use docassemble's own: /usr/share/docassemble/local3.12/bin/python, say",
            ) from error
        if not config.loaded:
            check_readable(configuration_file())
            try:
                config.load()
            except (Exception, SystemExit) as error:
                raise HostError(
                    f"docassemble cannot load its configuration {configuration_file()}: {error}",
                    hint="mend the file, or name another one in DA_CONFIG_FILE",
                ) from error
        return super().configuration

    @property
    def configuration_file(self) -> Path:
        """Where the configuration is read from: the same place as docassemble's."""
        return configuration_file()

    @property
    def time_zone(self) -> str:
        """IANA name of docassemble's default time zone, found as docassemble does."""
        return time_zone(self.configuration)

    def load_web_application(self) -> None:
        """Load what functions of jobs may need; raises HostError. It takes seconds."""
        assert self.configuration is not None  # noqa: S101 - loaded first: 1.10 would look for it among our arguments
        try:
            with redirect_stdout(sys.stderr):
                importlib.import_module("docassemble.webapp.server")
        except (Exception, SystemExit) as error:
            raise HostError(
                f"docassemble's web application cannot be loaded: {type(error).__name__}: {error}",
                hint="run this as docassemble's own user (www-data), while its database and Redis are up",
            ) from error


def present_docassemble() -> Docassemble:
    """Return docassemble as this process has it: a script that has not loaded its web application only has files."""
    part_of_it = Docassemble()
    return part_of_it if part_of_it.is_loaded else Shell()


def leave_root() -> None:
    """Become docassemble's user if root calls. Raises HostError if the system refuses.

    docassemble cannot write what root has created: logs, Playground modules, files of jobs. Its user is the owner of
    the log folder: docassemble does not start when it cannot write there.
    """
    if not is_root():
        return
    try:
        folder = Shell().log_directory
    except HostError:
        return  # nothing of docassemble can be loaded here; commands that need it say so
    if folder.is_dir():
        become_owner(folder)


def configuration_file() -> Path:
    """Return where docassemble looks for its configuration."""
    return Path(os.environ.get("DA_CONFIG_FILE", DEFAULT_FILE))


def check_readable(path: Path) -> None:
    """Raise HostError when a file cannot be read: docassemble would write a new one, or end the process."""
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise HostError(
            f"the configuration {path} cannot be read: {error.strerror}",
            hint="run this as docassemble's own user (www-data), or name the file in DA_CONFIG_FILE",
        ) from error


def time_zone(configuration: Mapping[str, Any]) -> str:
    """Return the IANA name of the default time zone of a configuration."""
    chosen = configuration.get("timezone")
    if chosen is not None:
        return str(chosen)
    try:
        return str(importlib.import_module("tzlocal").get_localzone_name())
    except Exception:  # noqa: BLE001 - docassemble does the same
        return "America/New_York"


def present_person() -> str:
    """Return who is at the keyboard, for the record."""
    try:
        return f"{os.environ.get('SUDO_USER') or getpass.getuser()} (command line)"
    except (KeyError, OSError):  # a container may run under a number without a name
        return f"user {os.getuid()} (command line)"
