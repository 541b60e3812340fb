"""The command line, beside a docassemble that runs: every command once (but `run`, which test_compat.py shows, too)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest

from devserver.waiting import until
from tests.integration import shell as shells
from tests.integration.conftest import StartDevServer
from tests.integration.json_client import JsonClient
from tests.integration.notes import PYTHONPATH
from tests.integration.records import Tables

FUNCTIONS = "site_jobs.commanded"
YEARLY = "0 0 1 1 *"
#: begins the variables that set keys of the job `by variables`
BY_VARIABLES = "DA_SCHEDULER__JOBS__BY_VARIABLES__"


@dataclass(frozen=True, kw_only=True)
class Shell(shells.Shell):
    """A shell that knows the tables."""

    tables: Tables

    def statuses(self, job: str) -> Sequence[tuple[str, str]]:
        """How the runs of a job ended, and what made them happen."""
        return [(record.status, record.trigger) for record in self.tables.records(job)]


@pytest.fixture(scope="module")
def shell(start_devserver: StartDevServer) -> Shell:
    jobs = {
        "ticking": {"function": f"{FUNCTIONS}.tell", "seconds": 1},
        "lasting": {"function": f"{FUNCTIONS}.last", "seconds": 2},
        "hourly": {"function": f"{FUNCTIONS}.tell", "hours": 1},
        "by hand": {"function": f"{FUNCTIONS}.last", "crontab": YEARLY},
        "failing": {"function": f"{FUNCTIONS}.fail", "crontab": YEARLY, "retries": 2},
        "by variables": {"function": f"{FUNCTIONS}.tell", "every": "4 hours", "time zone": "UTC"},
    }
    config = {"timezone": "America/New_York", "scheduler": jobs}
    environ = {f"{BY_VARIABLES}EVERY": "2 hours"}
    server = start_devserver(config, pythonpath=[PYTHONPATH], environ=environ)
    return Shell(server=server, tables=Tables(server.database_url))


def test_a_configuration_is_checked(shell: Shell) -> None:
    found = shell.read("check")
    assert (found["ok"], found["problems"], found["unchecked"]) == (True, [], [])
    names = ["ticking", "lasting", "hourly", "by hand", "failing", "by variables"]
    assert [job["name"] for job in found["jobs"]] == names
    wrong = shell.server.site.home / "wrong.yml"
    wrong.write_text("scheduler:\n  site_jobs.commanded.nope:\n    minutes: 5\n", encoding="utf-8")
    problems = shell.read("check", str(wrong), status=1)["problems"]
    # the environment is that of the job `by variables`, which this file does not have
    assert [problem["code"] for problem in problems] == ["unknown-variable", "function-not-found"]


def test_jobs_due_times_and_records_are_shown(shell: Shell) -> None:
    assert "lasting" in shell.type("jobs").stdout
    assert len(shell.read("next", "--count", "3")) == 3
    (record,) = shell.read("history", "ticking", "--count", "1")
    assert (record["status"], record["trigger"]) in {("succeeded", "schedule"), ("running", "schedule")}
    done = next(each.id for each in shell.tables.records("ticking") if each.status == "succeeded")
    assert "told by" in shell.read("show", done)["log"]


def test_a_pause_is_effective_in_the_server_at_the_next_due_time(shell: Shell) -> None:
    assert shell.read("pause", "ticking")["changed"] is True
    paused = time.time()
    until(lambda: time.time() > paused + 2, "two due times", 10)
    resumed = time.time()
    assert shell.read("resume", "ticking")["changed"] is True
    # what passed meanwhile is put on record when the job is due again
    until(
        lambda: (
            ("skipped", "schedule") in shell.statuses("ticking")
            and shell.tables.records("ticking")[-1].status == "succeeded"
        ),
        "run after the job was resumed",
        60,
    )
    records = shell.tables.records("ticking")
    assert [each for each in records if paused < each.due < resumed and each.status != "skipped"] == []
    assert any(each.status == "skipped" and each.count > 1 for each in records)


def test_a_run_on_the_server_is_stopped(shell: Shell) -> None:
    shell.type("pause", "lasting")
    (run,) = shell.read("stop", "lasting")["stopped"]
    ended = until(
        lambda: [r for r in shell.tables.records("lasting") if r.id == run and r.status != "running"],
        "end of the run",
        60,
    )
    assert [(record.status, record.reason) for record in ended] == [("stopped", "it was stopped by hand")]


def test_a_failure_is_the_exit_status(shell: Shell) -> None:
    done = shell.type("run", "failing", status=1)
    assert "ValueError: no luck" in done.stderr
    assert shell.statuses("failing") == [("failed", "manual")]
    assert "no luck" in shell.type("history", "failing", "--failed").stdout


def test_a_job_that_goes_on_in_one_shell_is_refused_in_another_and_stopped_from_there(shell: Shell) -> None:
    with shell.start("run", "by hand") as going:
        until(lambda: ("running", "manual") in shell.statuses("by hand"), "run in a shell", 120)
        assert "is going on" in shell.type("run", "by hand", status=3).stderr
        assert len(shell.read("stop", "by hand")["stopped"]) == 1
        going.communicate(timeout=60)
    assert going.returncode == 1
    assert ("stopped", "manual") in shell.statuses("by hand")


def test_due_times_that_were_missed_are_run(shell: Shell) -> None:
    since = (datetime.now(timezone.utc) - timedelta(hours=3)).isoformat(timespec="seconds")
    until_ = (datetime.now(timezone.utc) - timedelta(hours=1)).isoformat(timespec="seconds")
    missed = shell.read("backfill", "hourly", "--from", since, "--to", until_, "--dry-run")["missed"]
    assert len(missed) == 2
    document = shell.read("backfill", "hourly", "--from", since, "--to", until_)
    assert [(run["due"], run["status"]) for run in document["runs"]] == [(due, "succeeded") for due in missed]
    assert shell.read("backfill", "hourly", "--from", since, "--to", until_, "--dry-run")["missed"] == []


def test_the_environment_wins_over_an_env_file_and_that_over_the_configuration(shell: Shell) -> None:
    server, path = shell.server, "scheduler -> by variables ->"
    lines = ["OTHER=1", f"{BY_VARIABLES}EVERY=3 hours", f"{BY_VARIABLES}TIME_ZONE=Asia/Tokyo"]
    text = "\n".join([*lines, f"{BY_VARIABLES}RETIRES=s3cret"])
    server.config_file().with_name(".env").write_text(text, encoding="utf-8")
    rest = len(server.read_log())
    server.reload()
    server.wait_for_log(r"WARNING line 4 of \.env -> .*RETIRES: .* Did you mean `RETRIES`\?", start=rest)
    job = JsonClient(server=server).get("/job", name="by variables")
    assert (job["schedule"], job["time_zone"]) == ("every 2 hours", "Asia/Tokyo")
    shown = shell.type("check").stdout
    every = f"set by {BY_VARIABLES}EVERY in the environment, not by line 2 of .env or the file"
    assert f"{path} every: {every}\n" in shown
    assert f"{path} time zone: set by {BY_VARIABLES}TIME_ZONE in line 3 of .env, not by the file\n" in shown
    assert "s3cret" not in shown + server.read_log()
