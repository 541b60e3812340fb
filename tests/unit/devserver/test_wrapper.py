"""The script that runs the command line against a site."""

import json
import os
import subprocess
import sys
from pathlib import Path

from devserver.environment import Environments
from devserver.releases import NEWEST
from devserver.site import Site
from devserver.wrapper import HINT, NAMES, script, write_wrapper

PROGRAM = """#!{python} -IS
import json, os, sys
print(json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]))
"""


def make_site(folder: Path) -> Site:
    site = Site(folder / "it's my site", Environments(folder), NEWEST, install=True)
    program = site.venv / "bin/docassemble-scheduler"
    program.parent.mkdir(parents=True)
    program.write_text(PROGRAM.format(python=sys.executable), encoding="utf-8")
    program.chmod(0o755)
    site.server(0).path.mkdir()
    return site


def call(program: Path, folder: Path, environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [program, "show", "a run"], cwd=folder, env=environ, capture_output=True, text=True, check=True
    )


def test_the_program_gets_the_arguments_the_folder_and_what_the_site_needs(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    site.server(0).pidfile.write_text(f"{os.getpid()}\n", encoding="utf-8")
    environ = {name: f"it's the site's {name}; $HOME" for name in (*NAMES, "API_TOKEN")}
    wrapper = write_wrapper(site, environ)
    result = call(wrapper, tmp_path, {"PYTHONHOME": "/nowhere", "MINE": "kept", "PATH": os.defpath})
    arguments, seen, folder = json.loads(result.stdout)
    assert arguments == ["show", "a run"]
    assert folder == str(tmp_path)
    assert {name: seen[name] for name in NAMES} == {name: environ[name] for name in NAMES}
    assert seen["MINE"] == "kept"
    assert not {"PYTHONHOME", "API_TOKEN"} & set(seen)
    assert result.stderr == ""


def test_a_site_that_does_not_run_gets_a_hint(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    result = call(write_wrapper(site, {}), tmp_path, {"PATH": os.defpath})
    assert result.stderr == f"{HINT}\n"


def test_nothing_but_the_named_variables_is_written_down() -> None:
    text = script(Path("/venv/bin/it"), Path("/pid"), {"AWS_SECRET": "hush", "LANG": "C"})
    assert "hush" not in text
    assert "export LANG=C" in text
