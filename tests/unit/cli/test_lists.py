"""The commands that list: jobs, runs, problems, servers, events."""

from datetime import timedelta

import pytest

from docassemble.Scheduler.core.progress import Progress
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.core.session_action import Place
from docassemble.Scheduler.management.permissions import code
from docassemble.Scheduler.store.records import RunReport
from tests.unit.cli.terminals import BLOCK, HERE, Terminal
from tests.unit.management.managers import NOON
from tests.unit.management.waiting import SESSION, let_wait

HOUR = timedelta(hours=1)
LONG = "a long story, " * 40


def with_runs():
    """A terminal, an hour after which the job `hourly` succeeded, and failed with a long error."""
    terminal = Terminal()
    for number, error in enumerate((None, ValueError(LONG)), start=1):
        terminal.context.clock.move(HOUR)
        run = terminal.begin("hourly", NOON + number * HOUR)
        terminal.end(run, Status.FAILED if error else Status.SUCCEEDED, error=error)
    return terminal


def test_runs_are_chosen_by_job_status_time_and_text():
    terminal = with_runs()
    assert [run["status"] for run in terminal.read("runs")] == ["failed", "succeeded"]
    assert [run["status"] for run in terminal.read("runs", "--status", "succeeded")] == ["succeeded"]
    assert [run["status"] for run in terminal.read("runs", "--failed")] == ["failed"]
    assert len(terminal.read("runs", "--status", "succeeded", "--status", "failed")) == 2
    assert terminal.read("runs", "--search", "LONG story") == terminal.read("runs", "--failed")
    assert terminal.read("runs", "--search", "another") == []
    assert [run["status"] for run in terminal.read("runs", "--since", "30 minutes")] == ["failed"]
    assert [run["status"] for run in terminal.read("runs", "--until", "30 minutes")] == ["succeeded"]
    # 14:30 in Berlin, the time zone of the site, is 13:30 in UTC
    assert [run["status"] for run in terminal.read("runs", "--since", "2026-03-01 14:30")] == ["failed"]
    assert terminal.read("runs", "--since", "2026-03-01 14:30", "--utc") == []
    assert terminal.read("runs", "--job", "failing") == []
    assert terminal.read("runs", "--trigger", "manual") == []
    assert len(terminal.read("runs", "--server", "one")) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--job", "hourli"], "did you mean 'hourly'?"),
        (["--since", "yesterdy"], "--since"),
        (["--status", "bad"], "'bad' is not one of"),
        (["--timezone", "Europe/Berlim"], "Europe/Berlin"),
        (["--utc", "--timezone", "UTC"], "either --utc or --timezone"),
    ],
)
def test_what_makes_no_sense_is_refused(options, said):
    assert said in with_runs().said("runs", *options, status=2)


def test_history_shows_what_runs_shows():
    terminal = with_runs()
    assert terminal.shown("history") == terminal.shown("runs")


def test_a_long_error_is_cut_and_the_time_zone_is_named_once():
    shown = with_runs().shown("runs", "--failed")
    assert "\N{HORIZONTAL ELLIPSIS}" in shown
    assert len(shown.splitlines()) <= 3
    assert shown.count("(Europe/Berlin)") == 1
    assert "2026-03-01 15:00:00" in shown
    utc = with_runs().shown("runs", "--failed", "--utc")
    assert "(UTC)" in utc
    assert "2026-03-01 14:00:00" in utc
    assert "(Asia/Tokyo)" in with_runs().shown("jobs", "--timezone", "Asia/Tokyo")


def test_a_run_is_shown_by_the_first_digits_of_its_identifier_or_as_the_last_of_its_job():
    terminal = with_runs()
    (whole,) = (run["id"] for run in terminal.read("runs", "--failed"))
    short = terminal.shown("runs", "--failed").splitlines()[1].split()[-1]
    assert whole.startswith(short)
    assert len(short) == 12
    assert terminal.read("show", short)["id"] == whole
    assert terminal.read("show", whole.upper())["id"] == whole
    assert terminal.read("show", "--last", "hourly")["id"] == whole
    said = terminal.said("show", "--last", "failing", status=2)
    assert "has no record" in said
    assert "did you mean 'hourly'?" in terminal.said("show", "--last", "hourli", status=2)
    assert "there is no run 'ffffff'" in terminal.said("show", "ffffff", status=2)
    assert "Give either RUN or --last JOB" in terminal.said("show", status=2)


def test_digits_with_which_several_runs_begin_are_refused():
    terminal = with_runs()
    ids = [run["id"] for run in terminal.read("runs")]
    alike = next(n for n in range(32) if ids[0][n] != ids[1][n])
    assert alike >= 6, "the first six digits are the same for days"
    said = terminal.said("show", ids[0][:6], status=2)
    assert "several runs begin with" in said
    assert all(each in said for each in ids)


def test_jobs_are_chosen_by_state_and_those_with_an_error_in_the_configuration_are_among_them():
    terminal = Terminal(block={**BLOCK, "broken minuts": {"function": f"{HERE}.note", "every": "5 minuts"}})
    assert [job["name"] for job in terminal.read("jobs", "--state", "disabled")] == ["off"]
    jobs = {job["name"]: job for job in terminal.read("jobs")}
    assert jobs["broken minuts"]["state"] == "problem"
    assert set(jobs["broken minuts"]) == set(jobs["off"])
    assert list(terminal.read("jobs", "--state", "problem")) == [jobs["broken minuts"]]
    (line,) = (each for each in terminal.shown("jobs").splitlines() if each.startswith("broken"))
    assert "problem" in line


def test_problems_are_those_of_the_configuration_and_of_the_functions():
    block = {"lost": {"function": f"{HERE}.nowhere", "hours": 1}, "bad": {"function": HERE, "minuts": 5}}
    terminal = Terminal(block=block)
    codes = {problem["code"] for problem in terminal.read("problems", status=1)}
    assert "function-not-found" in codes
    assert len(codes) > 1
    assert "error: scheduler -> lost" in terminal.shown("problems", status=1)
    assert Terminal().shown("problems") == "There is no problem.\n"


def test_next_can_be_asked_for_one_job():
    dues = Terminal().read("next", "failing", "--count", "2")
    assert [due["job"] for due in dues] == ["failing", "failing"]
    assert "did you mean 'failing'?" in Terminal().said("next", "failin", status=2)


def test_servers_and_events_are_listed():
    terminal = Terminal()
    assert [server["name"] for server in terminal.read("servers")] == ["here", "one"]
    assert "Last heartbeat (Europe/Berlin)" in terminal.shown("servers")
    assert "Nobody has done anything yet." in terminal.shown("events")
    terminal.type("pause", "hourly")
    (event,) = terminal.read("events", "hourly")
    assert (event["who"], event["what"]) == ("op (command line)", "pause")
    assert "op (command line)" in terminal.shown("events")


def test_a_run_that_failed_is_tried_again_and_no_other():
    terminal = with_runs()
    failed, succeeded = (run["id"] for run in terminal.read("runs"))
    assert terminal.read("retry", failed[:20]) == {"run": failed, "retried": True}
    assert "this run is succeeded" in terminal.said("retry", succeeded, status=2)


def test_a_job_is_added_replaced_and_cancelled():
    terminal = Terminal()
    every = terminal.read("add", "mine", "--function", f"{HERE}.note", "--every", "2 hours", "--retries", "3")
    assert (every["job"], every["schedule"]) == ("mine", "every 2 hours")
    at = terminal.read("add", "mine", "--function", f"{HERE}.note", "--at", "2026-03-02 09:00", "--arg", "5")
    assert at["next_due"] == "2026-03-02T08:00:00+00:00"
    cron = terminal.read("add", "mine", "--function", f"{HERE}.note", "--crontab", "0 8 * * mon")
    assert cron["type"] == "cron"
    later = terminal.read("add", "mine", "--function", f"{HERE}.note", "--in", "3 days")
    assert later["next_due"] == "2026-03-04T12:00:00+00:00"
    assert terminal.read("cancel", "mine") == {"job": "mine", "cancelled": True}
    assert "there is no job 'mine'" in terminal.said("cancel", "mine", status=2)
    assert "stands in the configuration" in terminal.said("cancel", "hourly", status=2)


def test_a_job_is_added_from_yaml():
    terminal = Terminal()
    text = f"function: {HERE}.note\nrun at: 2026-03-02 09:00:00\nkwargs: {{a: 1}}\nretries: 2\n"
    added = terminal.read("add", "mine", "--yaml", "-", stdin=text)
    assert added["next_due"] == "2026-03-02T08:00:00+00:00"
    assert "is not YAML" in terminal.said("add", "mine", "--yaml", "-", stdin="a: [", status=2)
    assert "is not the keys of a job" in terminal.said("add", "mine", "--yaml", "-", stdin="[1]", status=2)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--function", f"{HERE}.note"], "when"),
        (["--every", "5 minutes"], "function"),
        (["--function", f"{HERE}.note", "--every", "5 minuts"], "minutes"),
        (["--function", f"{HERE}.note", "--in", "5 minuts"], "--in"),
        (["--function", f"{HERE}.nowhere", "--every", "5 minutes"], "nowhere"),
    ],
)
def test_a_job_that_is_none_is_not_added(options, said):
    terminal = Terminal()
    assert said in terminal.said("add", "mine", *options, status=2)
    assert "mine" not in {job["name"] for job in terminal.read("jobs")}


def test_docassemble_is_loaded_when_a_function_may_need_it_and_only_then():
    terminal = Terminal()
    terminal.type("add", "mine", "--function", f"{HERE}.note", "--every", "5 minutes")
    assert terminal.context.loads == 0
    terminal.type("add", "mine", "--function", f"{HERE}.nowhere", "--every", "5 minutes", status=2)
    assert terminal.context.loads == 1


def test_stop_takes_the_first_digits_of_a_run():
    terminal = Terminal()
    terminal.context.clock.move(HOUR)
    run = terminal.begin("hourly", NOON + HOUR)
    assert terminal.read("stop", run.id[:20])["stopped"] == [run.id]
    assert "did you mean 'hourly'?" in terminal.said("stop", "hourli", status=2)


def test_watch_shows_all_once_where_there_is_no_terminal():
    terminal = with_runs()
    terminal.context.clock.move(HOUR)
    terminal.begin("hourly", NOON + 3 * HOUR)
    terminal.context.clock.move(timedelta(seconds=5))
    shown = terminal.shown("watch")
    assert "(Europe/Berlin)" in shown
    assert "Ctrl-C" not in shown
    running, *_ = (line for line in shown.splitlines() if line.startswith("hourly"))
    assert running.split()[1:3] == ["5.0", "s"]
    document = terminal.read("watch", "hourly")
    assert [job["name"] for job in document["jobs"]] == ["hourly"]
    assert [run["job"] for run in document["running"]] == ["hourly"]
    assert "did you mean 'hourly'?" in terminal.said("watch", "hourli", status=2)


def test_watch_shows_how_far_a_run_says_it_is():
    terminal = Terminal()
    terminal.context.clock.move(HOUR)
    run = terminal.begin("hourly", NOON + HOUR)
    now = terminal.context.clock.now()
    progress = Progress(done=3, total=40, text="cases copied", at=now)
    report = RunReport(run=run.id, started=now, pid=1, thread="one", progress=progress)
    terminal.management.store.report([report])
    shown = terminal.shown("watch")
    assert "3 of 40, cases copied" in shown
    assert "\N{BOX DRAWINGS HEAVY HORIZONTAL}" in shown


def test_watch_says_that_everything_is_paused_and_why():
    terminal = Terminal()
    terminal.management.manager.pause_all(code("ann"), "the database moves")
    assert "Everything is paused since 2026-03-01 13:00:00 by ann: the database moves" in terminal.shown(
        "watch"
    )


def test_the_most_urgent_job_is_watched_first():
    terminal = with_runs()
    terminal.management.manager.pause("failing", code("op"))
    names = [job["name"] for job in terminal.read("watch")["jobs"]]
    assert names == ["hourly", "failing", "off"]


def test_completion_prints_a_script_for_each_shell():
    for shell, word in (("bash", "complete -o nosort"), ("zsh", "#compdef"), ("fish", "complete --")):
        shown = Terminal().shown("completion", shell)
        assert word in shown
        assert "docassemble-scheduler" in shown


def test_actions_in_sessions_are_listed_but_not_in_which_session():
    terminal = Terminal()
    assert terminal.read("actions") == []
    let_wait(terminal.context.manager.history)
    let_wait(terminal.context.manager.history, "weekly", interview="other.yml", every=604800.0)
    text = terminal.shown("actions")
    assert "7 days" in text
    assert SESSION not in text
    assert [each["id"] for each in terminal.read("actions")] == ["first", "weekly"]
    assert terminal.read("actions", "--interview", "other.yml") == [
        {
            "id": "weekly",
            "action": "remind",
            "interview": "other.yml",
            "due": "2026-03-01T13:00:00+00:00",
            "every": 604800.0,
            "job": Place(interview="other.yml", session=SESSION).job("weekly"),
        }
    ]
    assert len(terminal.read("actions", "--count", "1")) == 1
