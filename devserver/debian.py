"""The few things only the machine's package manager can provide."""

import ctypes.util
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from devserver.errors import DevServerError
from devserver.progress import say, step
from devserver.service import run

LOCALE_COMMAND = "localedef -i en_US -f UTF-8 en_US.UTF-8"


@dataclass(frozen=True, kw_only=True)
class Need:
    """A Debian package and the way to see that what it brings is there."""

    package: str
    is_met: Callable[[], bool]


def _file(*names: str) -> Callable[[], bool]:
    return lambda: any(Path(name).exists() for name in names)


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _library(name: str) -> Callable[[], bool]:
    return lambda: ctypes.util.find_library(name) is not None


def _python_header() -> bool:
    return Path(sysconfig.get_path("include"), "Python.h").exists()


def _has_ensurepip() -> bool:
    # Debian takes it out of Python and puts it into a package of its own.
    return Path(sysconfig.get_path("stdlib"), "ensurepip").is_dir()


#: docassemble's python-ldap and uWSGI are compiled, and two libraries are loaded when it starts.
NEEDS = (
    Need(package="gcc", is_met=_program("gcc")),
    Need(package="libc6-dev", is_met=_file("/usr/include/stdio.h")),
    Need(package="python3-dev", is_met=_python_header),
    Need(package="python3-venv", is_met=_has_ensurepip),
    Need(package="libldap2-dev", is_met=_file("/usr/include/lber.h")),
    Need(package="libsasl2-dev", is_met=_file("/usr/include/sasl/sasl.h")),
    Need(package="libcairo2", is_met=_library("cairo")),
    Need(package="libzbar0", is_met=_library("zbar")),
)

#: for tests that look at pages as people see them
BROWSER = (Need(package="chromium-headless-shell", is_met=_program("chromium-headless-shell")),)

#: for benchmarks that ask for pages as many people do
VISITORS = (Need(package="wrk", is_met=_program("wrk")),)


def missing_packages(more: Sequence[Need] = ()) -> list[str]:
    """Debian packages to install, in order; ``more`` is what is needed beyond docassemble's needs."""
    missing = [need.package for need in (*NEEDS, *more) if not need.is_met()]
    return missing if has_locale() or can_make_locale() else [*missing, "locales"]


def can_make_locale() -> bool:
    """Whether the description of the locale is there to be compiled."""
    return Path("/usr/share/i18n/locales/en_US").exists()


def has_locale() -> bool:
    """Whether docassemble's default locale, en_US in UTF-8, can be set."""
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout
    return any(name.lower() in ("en_us.utf8", "en_us.utf-8") for name in known.splitlines())


def remedy(more: Sequence[Need] = ()) -> str | None:
    """The one command that installs what is missing, or None."""
    packages = missing_packages(more)
    commands = []
    if packages:
        commands = ["apt-get update", f"apt-get install -y --no-install-recommends {' '.join(packages)}"]
    if not has_locale():
        commands.append(LOCALE_COMMAND)
    return " && ".join(commands) or None


def provide(more: Sequence[Need] = ()) -> None:
    """Install what is missing when we may; otherwise raise DevServerError that names the command."""
    command = remedy(more)
    if command is None:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise DevServerError(f"this machine lacks what docassemble needs; as root:\n  {command}")
    say(f"installing what is missing: {command}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step("installing Debian packages", usual=40):
        run(["sh", "-c", command], env=quiet)
    if rest := remedy(more):
        raise DevServerError(f"this machine still lacks what docassemble needs; as root:\n  {rest}")
