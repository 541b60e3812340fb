"""A shell script in the site's folder that runs ``docassemble-scheduler`` as the site's docassemble would."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from devserver.site import Site

COMMAND = "docassemble-scheduler"
HINT = "The demo is not running; start it with `make demo` or `python3 -m devserver run`."
#: what docassemble needs; all else is the caller's
NAMES = (
    "DA_CONFIG_FILE",
    "DA_PYTHON",
    "HOME",
    "LANG",
    "NLTK_DATA",
    "PATH",
    "PYTHONPATH",
    "VIRTUAL_ENV",
)


def write_wrapper(site: Site, environ: Mapping[str, str]) -> Path:
    """Write the script into the site's folder; return its path."""
    path = site.folder / COMMAND
    pidfile = site.server(0).pidfile
    path.write_text(script(site.venv / "bin" / COMMAND, pidfile, environ), encoding="utf-8")
    path.chmod(0o755)
    return path


def script(program: Path, pidfile: Path, environ: Mapping[str, str]) -> str:
    """Return the text of the script, which runs ``program`` with the variables of ``environ`` in NAMES.

    Some commands work without a server, so a missing one only gets a hint.
    """
    lines = [
        "#!/bin/sh",
        f"# Runs {COMMAND} against the docassemble in this folder; written at each start of the devserver.",
        f'{{ kill -0 "$(cat {shlex.quote(str(pidfile))})"; }} 2> /dev/null || echo {shlex.quote(HINT)} >&2',
        "unset PYTHONHOME PYTHONPATH",
        *(f"export {name}={shlex.quote(environ[name])}" for name in NAMES if name in environ),
        f'exec {shlex.quote(str(program))} "$@"',
    ]
    return "\n".join(lines) + "\n"
