"""The Pythons of this machine: which one runs a release of docassemble."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from devserver.errors import DevServerError
from devserver.releases import RELEASES, Minor, Release

#: what a Python says of itself
_PROBE = """
import json, os, sys, sysconfig
header = os.path.join(sysconfig.get_path("include"), "Python.h")
print(json.dumps([sys.executable, list(sys.version_info[:3]), os.path.exists(header)]))
"""


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """A Python that can be started."""

    path: Path
    version: tuple[int, int, int]
    #: whether extensions, such as uWSGI, can be compiled for it
    has_header: bool = True

    @property
    def minor(self) -> Minor:
        """The first two numbers of the version."""
        return self.version[:2]

    @property
    def release(self) -> str:
        """The whole version, as text."""
        return ".".join(map(str, self.version))


def running() -> Interpreter:
    """Return the Python that runs this program."""
    # Where its header is missing, ``devserver.debian`` installs it.
    return Interpreter(path=Path(sys.executable), version=sys.version_info[:3])


def probe(path: Path) -> Interpreter | None:
    """Ask a program which Python it is; None when it is none that starts (as a shim of pyenv may be)."""
    try:
        # -I: of an environment of ours, PYTHONHOME and the like say nothing about another Python
        told = subprocess.run(
            [path, "-I", "-c", _PROBE], capture_output=True, text=True, check=True, timeout=20
        )
        executable, version, has_header = json.loads(told.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return Interpreter(path=Path(executable), version=tuple(version), has_header=has_header)


def candidates(minors: Iterable[Minor]) -> Iterator[Path]:
    """Yield where a Python of these versions may be: on the path, in pyenv's folder, and where uv knows one."""
    names = [f"python{major}.{minor}" for major, minor in minors]
    yield from (Path(found) for name in names if (found := shutil.which(name)))
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for name in names:
        yield from sorted(pyenv.glob(f"versions/*/bin/{name}"), reverse=True)
    if uv := shutil.which("uv"):
        for name in names:
            command = [uv, "python", "find", "--no-python-downloads", name]
            told = subprocess.run(command, capture_output=True, text=True, check=False)
            yield from (Path(line) for line in told.stdout.splitlines())


def find(
    release: Release,
    *,
    first: Interpreter | None = None,
    others: Callable[[Iterable[Minor]], Iterator[Path]] = candidates,
    ask: Callable[[Path], Interpreter | None] = probe,
) -> Interpreter:
    """Return a Python for a release: ``first`` (the running one) if that fits, else the first one that is found.

    Raises DevServerError, which says what to install, when there is none.
    """
    own = first or running()
    if own.minor in release.pythons:
        return own
    for path in others(release.pythons):
        found = ask(path)
        if found is not None and found.minor in release.pythons and found.has_header:
            return found
    raise DevServerError(_what_to_install(release, own))


def newest(finds: Callable[[Release], Interpreter] = find) -> tuple[Release, str]:
    """Return the newest release that a Python of this machine can run, and why it is not a newer one.

    Raises DevServerError when there is none for any release.
    """
    reasons = []
    for release in RELEASES:
        try:
            finds(release)
        except DevServerError as error:
            reasons.append(str(error))
        else:
            return release, "\n".join(reasons)
    raise DevServerError("\n".join(reasons))


def _what_to_install(release: Release, own: Interpreter) -> str:
    fitting = [f"{major}.{minor}" for major, minor in release.pythons]
    one = fitting[0]
    return (
        f"docassemble {release.version} needs Python {' or '.join(fitting)} with its headers; this is {own.release}, "
        f"and no other is on the path, in pyenv's folder or known to uv. Install one, with "
        f"`apt-get install python{one}-dev`, `pyenv install {one}` or `uv python install {one}`, "
        f"or choose an older docassemble with --docassemble"
    )
