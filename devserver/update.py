"""``make update``: lock the newest versions, and write what README.md says of docassemble's releases.

The tests share libraries with docassemble. They take docassemble's pins, which go into requirements/docassemble.txt.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from devserver.environment import uv_environ
from devserver.errors import DevServerError
from devserver.locks import FOLDER, locked
from devserver.mentions import listed, mentioned
from devserver.progress import say
from devserver.releases import RELEASES, Minor, Release
from devserver.service import CHECKOUT

#: the locks, and how each is made: what the devserver installs always goes with its own lock
LOCKS: Mapping[str, Sequence[str]] = {
    "dev": ("--constraint", "requirements/docassemble.txt"),
    "devserver": ("--no-deps",),
    "build": (),
    "docs": (),
    "benchmarks": ("--constraint", "requirements/devserver.txt"),
}
OLDEST_PYTHON = "3.10"
BY = "`make update` writes this file."

Pins = Mapping[str, str]


def newest_for(releases: Sequence[Release]) -> dict[Minor, Release]:
    """Return the newest release that runs with each Python, oldest Python first."""
    newest: dict[Minor, Release] = {}
    for each in releases:
        for minor in each.pythons:
            newest.setdefault(minor, each)
    return dict(sorted(newest.items()))


def read_pins(text: str) -> dict[str, str]:
    """Return the pins of a compiled file; their markers and comments are left out."""
    return dict(re.findall(r"^([^\s#=\[]+)(?:\[.*?\])?==([^\s;]+)", text, re.MULTILINE))


def with_markers(pins: Mapping[Minor, Pins]) -> list[str]:
    """Return one line for each pin, with the Pythons that it holds for. Pythons go from old to new."""
    names = sorted({name for each in pins.values() for name in each})
    return [line for name in names for line in _lines(name, [(each, pins[each].get(name)) for each in pins])]


def _lines(name: str, versions: Sequence[tuple[Minor, str | None]]) -> list[str]:
    """What holds for the oldest Python holds for those before it too, and the newest one for those after it."""
    starts = [n for n, (_, version) in enumerate(versions) if n == 0 or version != versions[n - 1][1]]
    lines = []
    for start, end in zip(starts, [*starts[1:], len(versions)], strict=True):
        version = versions[start][1]
        bounds = [f"python_version >= '{_dotted(versions[start][0])}'"] if start else []
        bounds += [f"python_version < '{_dotted(versions[end][0])}'"] if end < len(versions) else []
        marker = f" ; {' and '.join(bounds)}" if bounds else ""
        lines += [f"{name}=={version}{marker}"] if version else []
    return lines


def origin(releases: Sequence[Release]) -> str:
    """Say which releases the pins are of."""
    newest = newest_for(releases)
    rows = [
        f"{each.version} for Python {listed([_dotted(minor) for minor, of in newest.items() if of is each])}"
        for each in dict.fromkeys(newest.values())
    ]
    return f"# docassemble's pins of what the tests have too: those of {'; '.join(rows)}. {BY}"


def restricted(lines: Sequence[str], names: Collection[str]) -> list[str]:
    """Return the lines that pin one of these names."""
    return [line for line in lines if line.partition("==")[0] in names]


def main() -> int:
    """Update everything. 0 unless something is in the way."""
    try:
        pins = with_markers({minor: _pins(of, minor) for minor, of in newest_for(RELEASES).items()})
        _write_pins(pins)
        for name in LOCKS:
            say(f"locking requirements/{name}.txt")
            _lock(name)
        _write_pins(restricted(pins, read_pins(locked("dev").read_text(encoding="utf-8"))))
        readme = CHECKOUT / "README.md"
        readme.write_text(mentioned(readme.read_text(encoding="utf-8")), encoding="utf-8")
    except DevServerError as error:
        say(str(error))
        return 1
    return 0


def _write_pins(lines: Sequence[str]) -> None:
    text = "\n".join([origin(RELEASES), *lines])
    locked("docassemble").write_text(f"{text}\n", encoding="utf-8")


def _pins(release: Release, minor: Minor) -> dict[str, str]:
    say(f"reading the pins of docassemble {release.version} for Python {_dotted(minor)}")
    packages = [f"docassemble.{part}=={release.version}" for part in ("base", "webapp")]
    with tempfile.TemporaryDirectory() as folder:
        wanted, overrides = Path(folder, "wanted.in"), Path(folder, "overrides.txt")
        wanted.write_text("\n".join(packages), encoding="utf-8")
        overrides.write_text("\n".join(each.requirement for each in release.overrides), encoding="utf-8")
        options = ["--python-version", _dotted(minor), "--no-annotate", "--override", str(overrides)]
        return read_pins(_compiled(*options, str(wanted)))


def _lock(name: str) -> None:
    lock = locked(name)
    _compiled(
        *("--universal", "--python-version", OLDEST_PYTHON, "--upgrade"),
        *("--annotation-style", "line", "--custom-compile-command", "make update"),
        *LOCKS[name],
        *("--output-file", str(lock.relative_to(CHECKOUT))),
        str((FOLDER / f"{name}.in").relative_to(CHECKOUT)),
    )


def _compiled(*arguments: str) -> str:
    """The output of ``uv pip compile``, run in the checkout."""
    result = subprocess.run(
        [sys.executable, "-m", "uv", "--no-python-downloads", "pip", "compile", *arguments],
        cwd=CHECKOUT,
        env=uv_environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise DevServerError(f"uv pip compile {' '.join(arguments)} failed:\n{result.stderr}")
    return result.stdout


def _dotted(minor: Minor) -> str:
    return ".".join(map(str, minor))


if __name__ == "__main__":
    sys.exit(main())
