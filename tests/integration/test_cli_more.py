"""More of the command line, and scripts, beside a docassemble that runs."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.notes import PYTHONPATH
from tests.integration.records import Tables
from tests.integration.test_cli import Shell

FUNCTIONS = "site_jobs.commanded"


@pytest.fixture(scope="module")
def shell(start_devserver: StartDevServer) -> Shell:
    jobs = {
        "ticking": {"function": f"{FUNCTIONS}.tell", "seconds": 1},
        "hourly": {"function": f"{FUNCTIONS}.tell", "hours": 1},
        "failing": {"function": f"{FUNCTIONS}.fail", "crontab": "0 0 1 1 *"},
    }
    config = {"timezone": "America/New_York", "scheduler": jobs}
    server = start_devserver(config, pythonpath=[PYTHONPATH])
    return Shell(server=server, tables=Tables(server.database_url))


def script(shell: Shell, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run a plain script with docassemble's Python."""
    return subprocess.run(
        [str(shell.server.python), str(PYTHONPATH / "site_jobs/scripted.py"), *arguments],
        env={**shell.server.environ(), "PYTHONPATH": str(PYTHONPATH), **environ},
        cwd=shell.server.site.home,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_plain_script_calls_the_functions(shell: Shell) -> None:
    # docassemble itself would take the argument for its configuration
    done = script(shell, str(PYTHONPATH / "site_jobs/scripted.py"))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["jobs"] == dict.fromkeys(("ticking", "hourly", "failing"), "America/New_York")
    assert (document["added"], document["cancelled"]) == ("by a script", True)
    assert document["refused"] == "Did you mean `retries`?"
    assert not document["loaded"]
    assert "written by a script" in done.stderr
    until(lambda: ("succeeded", "manual") in shell.statuses("hourly"), "run that the script requested", 60)


def test_a_script_that_finds_no_configuration_is_told_so(shell: Shell, tmp_path: Path) -> None:
    done = script(shell, DA_CONFIG_FILE=str(tmp_path / "none.yml"))
    assert done.returncode == 1
    assert f"HostError: the configuration {tmp_path}/none.yml cannot be read" in done.stderr
    assert "DA_CONFIG_FILE" in done.stderr
    empty = tmp_path / "empty.yml"
    whole = yaml.safe_load(shell.server.config_file().read_text(encoding="utf-8"))
    del whole["scheduler"]
    empty.write_text(yaml.safe_dump(whole), encoding="utf-8")
    assert "has no `scheduler:` block" in script(shell, DA_CONFIG_FILE=str(empty)).stderr
