"""More of the command line, and scripts, beside a docassemble that runs."""

import json
import re
import resource
import subprocess
from pathlib import Path

import pytest
import yaml

from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.measuring import FIGURES
from tests.integration.notes import PYTHONPATH
from tests.integration.pseudo_terminal import PseudoTerminal
from tests.integration.records import Tables
from tests.integration.test_cli import Shell

FUNCTIONS = "site_jobs.commanded"


@pytest.fixture(scope="module")
def shell(start_devserver: StartDevServer) -> Shell:
    jobs = {
        "ticking": {"function": f"{FUNCTIONS}.tell", "seconds": 1},
        "hourly": {"function": f"{FUNCTIONS}.tell", "hours": 1},
        "failing": {"function": f"{FUNCTIONS}.fail", "crontab": "0 0 1 1 *"},
        "by hand": {"function": f"{FUNCTIONS}.last", "type": "manual"},
        "no such": {"function": f"{FUNCTIONS}.nowhere", "hours": 1},
        "unreadable": {"function": f"{FUNCTIONS}.tell", "every": "5 minuts"},
    }
    config = {"timezone": "America/New_York", "scheduler": jobs}
    server = start_devserver(config, pythonpath=[PYTHONPATH])
    return Shell(server=server, tables=Tables(server.database_url))


def script(shell: Shell, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run a plain script with docassemble's Python."""
    return subprocess.run(
        [str(shell.server.python), str(PYTHONPATH / "site_jobs/scripted.py"), *arguments],
        env={**shell.server.environ(), **environ},
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
    assert document["jobs"] == dict.fromkeys(
        ("ticking", "hourly", "failing", "by hand", "no such"), "America/New_York"
    )
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


def test_a_job_is_added_runs_on_the_server_and_is_cancelled(shell: Shell) -> None:
    function = f"{FUNCTIONS}.tell"
    assert shell.read("add", "my job", "--function", function, "--every", "1 second")["state"] == "ok"
    until(lambda: ("succeeded", "schedule") in shell.statuses("my job"), "run of the added job", 60)
    assert shell.read("cancel", "my job")["cancelled"] is True
    assert "my job" not in {job["name"] for job in shell.read("jobs")}
    assert shell.read("runs", "--job", "my job", "--status", "succeeded")
    assert [event["what"] for event in shell.read("events", "my job")] == ["cancel", "add"]


def test_a_run_is_found_by_its_first_digits_and_tried_again(shell: Shell) -> None:
    shell.type("request", "failing")
    until(lambda: ("failed", "manual") in shell.statuses("failing"), "failure", 60)
    lines = shell.type("runs", "--search", "no luck", "--since", "1 hour").stdout.splitlines()
    short = lines[1].split()[-1]
    assert len(short) < 32
    assert shell.read("show", short)["error"] == "ValueError: no luck"
    assert shell.read("show", "--last", "failing")["id"].startswith(short)
    shell.type("retry", short)
    until(lambda: ("failed", "retry") in shell.statuses("failing"), "next attempt", 60)


def test_problems_and_servers_are_listed(shell: Shell) -> None:
    codes = {problem["code"] for problem in shell.read("problems", status=1)}
    assert codes == {"function-not-found", "bad-duration"}
    states = {job["name"]: job["state"] for job in shell.read("jobs", "--state", "problem")}
    assert states == dict.fromkeys(("no such", "unreadable"), "problem")
    (server,) = shell.read("servers")
    assert server["processes"]


def test_jobs_have_colours_in_a_terminal_and_none_elsewhere(shell: Shell) -> None:
    def shown(**environ: str) -> str:
        with PseudoTerminal(shell.command("jobs"), {**shell.server.environ(), **environ}) as terminal:
            return terminal.rest()

    assert re.search(r"ticking +\x1b\[32mok", shown())
    assert "\x1b[3" not in shown(NO_COLOR="1")
    assert "\x1b" not in shell.type("jobs").stdout


def test_watch_goes_on_in_a_terminal_until_ctrl_c(shell: Shell) -> None:
    shell.type("request", "by hand")
    with PseudoTerminal(shell.command("watch", "--every", "0.5"), shell.server.environ()) as terminal:
        terminal.wait_for(r"Running.*\n.*by hand", 60)
        first = len(re.findall("Ctrl-C ends this", terminal.text))
        terminal.wait_until(lambda text: len(re.findall("Ctrl-C ends this", text)) > first + 1, 60)
        terminal.write("\x03")
        terminal.rest()
    assert terminal.status == 0
    assert "Traceback" not in terminal.text


def test_bash_completes_commands_and_names_of_jobs(shell: Shell) -> None:
    environ = {**shell.server.environ(), "PS1": "ready> ", "TERM": "dumb", "INPUTRC": "/dev/null"}
    with PseudoTerminal(["bash", "--norc", "--noprofile", "-i"], environ) as bash:
        bash.write('bind "set enable-bracketed-paste off"; eval "$(docassemble-scheduler completion bash)"\n')
        bash.write("echo loa''ded\n")
        bash.wait_for("loaded", 120)
        bash.write("docassemble-scheduler pau\t")
        bash.wait_for("docassemble-scheduler pause ", 60)
        bash.write("by\t")
        bash.wait_for(r"docassemble-scheduler pause by\\ hand ", 60)
        bash.write("\x15docassemble-scheduler runs --status succ\t")
        bash.wait_for("--status succeeded ", 60)
        bash.write("\x15exit\n")
        bash.rest()


def test_completion_is_quick_and_knows_added_jobs_and_runs(shell: Shell) -> None:
    shell.read("add", "added one", "--function", f"{FUNCTIONS}.tell", "--crontab", "0 0 1 1 *")

    def completed(*words: str) -> tuple[list[str], float]:
        environ = {
            "_DOCASSEMBLE_SCHEDULER_COMPLETE": "bash_complete",
            "COMP_WORDS": "\n".join(("docassemble-scheduler", *words)),
            "COMP_CWORD": str(len(words)),
        }
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            shell.command(),
            env={**shell.server.environ(), **environ},
            capture_output=True,
            text=True,
            timeout=60,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        assert done.stderr == ""
        return [line.partition(",")[2] for line in done.stdout.splitlines()], used

    names, used = completed("pause", "")
    assert names == ["ticking", "hourly", "failing", "by\\ hand", "no\\ such"]
    added, used_by_added = completed("cancel", "added")
    assert added == ["added\\ one"]
    runs, used_by_runs = completed("show", "0")
    assert len(runs) > 1
    figures = (used, used_by_added, used_by_runs)
    FIGURES.info("completion of a job, an added job, a run: %.2f s, %.2f s, %.2f s of a processor", *figures)
    assert max(figures) < 2.0
    shell.type("cancel", "added one")
