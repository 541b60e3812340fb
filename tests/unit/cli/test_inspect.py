"""The commands that look."""

from datetime import timedelta

import pytest

from docassemble.Scheduler.core.run import Status
from tests.unit.cli.terminals import BLOCK, HERE, Terminal
from tests.unit.management.managers import NOON

HOUR = timedelta(hours=1)


def with_runs():
    terminal = Terminal()
    terminal.context.clock.move(HOUR)
    terminal.end(terminal.begin("hourly", NOON + HOUR), result="fine")
    terminal.context.clock.move(14 * HOUR)
    run = terminal.begin("failing", NOON + 15 * HOUR - timedelta(minutes=59))
    terminal.end(run, Status.FAILED, error=ValueError("no luck"))
    return terminal


def test_jobs_shows_every_job_its_schedule_and_how_it_stands():
    shown = with_runs().shown("jobs")
    assert "Job" in shown.splitlines()[0]
    hourly = next(line for line in shown.splitlines() if line.startswith("hourly"))
    assert "every hour" in hourly
    assert "failing for 1 hour" in next(line for line in shown.splitlines() if line.startswith("failing"))
    assert "succeeded 14 hours ago" in hourly
    assert "2026-03-02 05:00:00, in 1 hour" in hourly
    assert shown.splitlines()[0].count("Europe/Berlin") == shown.count("Europe/Berlin") == 1
    assert "disabled" in next(line for line in shown.splitlines() if line.startswith("off"))


def test_jobs_as_json_has_stable_keys():
    jobs = {job["name"]: job for job in with_runs().read("jobs")}
    assert list(jobs) == list(BLOCK)
    assert jobs["failing"]["state"] == "failing"
    assert jobs["hourly"]["next_due"] == "2026-03-02T04:00:00+00:00"
    assert jobs["hourly"]["last_run"]["status"] == "succeeded"
    assert jobs["off"]["next_due"] is None
    assert set(jobs["off"]) == set(jobs["hourly"])


def test_next_merges_the_due_times_of_all_jobs():
    terminal = Terminal()
    dues = terminal.read("next", "--count", "15")
    assert [due["job"] for due in dues[-2:]] == ["hourly", "failing"] or dues[-1]["job"] == "hourly"
    assert dues[0] == {
        "job": "hourly",
        "due": "2026-03-01T13:00:00+00:00",
        "local": "2026-03-01T14:00:00+01:00",
    }
    first = terminal.shown("next", "--count", "1").splitlines()[1]
    assert first.split() == ["2026-03-01", "14:00:00", "in", "1", "hour", "hourly"]


def test_next_says_when_nothing_is_due():
    assert "Nothing is due" in Terminal(block={}).shown("next")


def test_history_shows_the_records_newest_first_of_all_jobs_or_one():
    terminal = with_runs()
    assert [run["job"] for run in terminal.read("history")] == ["failing", "hourly"]
    assert [run["result"] for run in terminal.read("history", "hourly")] == ["fine"]
    assert [run["job"] for run in terminal.read("history", "--failed")] == ["failing"]
    assert len(terminal.read("history", "--count", "1")) == 1
    assert "no luck" in terminal.shown("history", "failing")


def test_history_of_a_job_without_records_is_empty_and_of_no_job_an_error():
    terminal = Terminal()
    assert terminal.read("history", "hourly") == []
    assert "There is no record." in terminal.shown("history", "hourly")
    assert "did you mean 'hourly'?" in terminal.said("history", "hourli", status=2)


def test_show_tells_all_of_a_run():
    terminal = with_runs()
    run = terminal.read("history", "--failed")[0]["id"]
    assert terminal.read("show", run)["status"] == "failed"
    assert "error: ValueError: no luck" in terminal.shown("show", run)
    assert "there is no run" in terminal.said("show", "0" * 32, status=2)


@pytest.mark.parametrize("command", [["jobs"], ["next"], ["history"], ["pause", "hourly"], ["show", "x"]])
def test_without_the_database_the_commands_say_so_and_show_nothing(command):
    terminal = Terminal()
    terminal.context.away = True
    done = terminal.type(*command, "--json", status=2)
    assert (done.stdout, done.stderr) == ("", "Error: nobody answers.\n")


def test_what_a_name_could_do_to_a_terminal_is_not_done():
    terminal = Terminal(block={"bad\x1b[31m[red]name": {"function": f"{HERE}.note", "hours": 1}})
    shown = terminal.shown("jobs")
    assert "\x1b" not in shown
    assert "[red]name" in shown


def test_a_job_on_demand_is_shown_and_never_due():
    terminal = Terminal(block={"by hand": {"function": HERE, "type": "manual"}})
    assert terminal.shown("jobs").splitlines()[1].split() == ["by", "hand", "ok", "on", "demand", "-", "-"]
    assert terminal.read("next") == []
    assert "every job is on demand" in terminal.shown("next")
    (job,) = terminal.read("jobs")
    assert (job["type"], job["schedule"], job["next_due"]) == ("manual", "on demand", None)
