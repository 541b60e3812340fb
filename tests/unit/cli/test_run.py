"""The commands that run jobs here."""

import os
import signal
from datetime import timedelta

import pytest

from docassemble.Scheduler.cli.run import stopped_by_keyboard
from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.store.records import RunQuery
from tests.unit.cli import terminals
from tests.unit.cli.terminals import BLOCK, BY, CALLS, HERE, Terminal
from tests.unit.management.managers import NOON

HOUR = timedelta(hours=1)


def records(terminal, job):
    return [
        (record.due, record.status, record.trigger, record.server)
        for record in terminal.management.manager.runs(RunQuery(job=job))
    ]


def test_a_job_is_run_here_and_recorded():
    terminal = Terminal()
    assert 'succeeded after 0 ms, returned "noted"' in terminal.shown("run", "hourly")
    assert CALLS == [(("own",), {})]
    assert records(terminal, "hourly") == [(NOON, Status.SUCCEEDED, Trigger.MANUAL, "here")]
    (event,) = terminal.management.manager.events("hourly")
    assert (event.actor, event.action) == (BY, "run here")
    assert terminal.management.store.run_requests() == []


def test_a_job_that_fails_ends_with_status_1_and_is_not_tried_again():
    terminal = Terminal()
    document = terminal.read("run", "failing", status=1)
    assert (document["status"], document["error"]) == ("failed", "ValueError: no luck")
    assert records(terminal, "failing") == [(NOON, Status.FAILED, Trigger.MANUAL, "here")]
    assert terminal.management.store.retries(["failing"], NOON + HOUR) == []


def test_what_a_job_prints_is_not_in_the_json_document():
    terminal = Terminal()
    done = terminal.type("run", "hourly", "--json")
    assert "printed" not in done.stdout
    assert "printed by the job" in done.stderr


@pytest.mark.parametrize(
    ("typed", "stdin", "called"),
    [
        (["--arg", "text", "--arg", "5", "--arg", "[1]"], None, (("text", 5, [1]), {})),
        (["--kwarg", "a=1", "--kwarg", "b=x=y"], None, ((), {"a": 1, "b": "x=y"})),
        (["--args-file", "-"], '["secret"]', (("secret",), {})),
        (["--args-file", "-"], '{"args": [1], "kwargs": {"b": 2}}', ((1,), {"b": 2})),
        (["--args-file", "-", "--arg", "2"], "[1]", ((1, 2), {})),
        (["--args-file", "-"], "{}", ((), {})),
        ([], None, (("own",), {})),
    ],
)
def test_the_function_is_called_with_the_arguments_that_are_given(typed, stdin, called):
    Terminal().type("run", "hourly", *typed, stdin=stdin)
    assert [called] == CALLS


def test_a_job_whose_arguments_are_fixed_takes_no_others():
    terminal = Terminal({"hourly": {**BLOCK["hourly"], "fixed arguments": True}})
    assert "are fixed" in terminal.said("run", "hourly", "--arg", "other", status=2)
    terminal.type("run", "hourly")
    assert CALLS == [(("own",), {})]


@pytest.mark.parametrize(
    ("typed", "stdin", "said"),
    [
        (["--kwarg", "nothing"], None, "not of the form name=value"),
        (["--args-file", "-"], "secret", "not JSON"),
        (["--args-file", "-"], '"secret"', "neither a list nor"),
        (["--args-file", "-"], '{"arg": ["secret"]}', "neither a list nor"),
        (["--args-file", "-"], '{"args": {"secret": 1}}', "neither a list nor"),
    ],
)
def test_arguments_that_are_none_are_refused_and_not_repeated(typed, stdin, said):
    refused = Terminal().said("run", "hourly", *typed, stdin=stdin, status=2)
    assert said in " ".join(refused.split())
    assert "secret" not in refused
    assert CALLS == []


def test_a_job_that_goes_on_elsewhere_is_run_only_anyway():
    terminal = Terminal()
    terminal.begin("hourly", NOON + HOUR)
    assert "--anyway" in terminal.said("run", "hourly", status=3)
    assert CALLS == []
    terminal.shown("run", "hourly", "--anyway")
    assert len(CALLS) == 1


def test_a_job_whose_lock_another_one_has_is_run_only_anyway():
    job = {"function": f"{HERE}.note", "hours": 1, "lock": "press"}
    terminal = Terminal({"one": job, "two": job})
    terminal.begin("one", NOON + HOUR)
    assert "the same lock" in terminal.said("run", "two", status=3)
    terminal.shown("run", "two", "--anyway")


def test_a_disabled_job_is_not_run():
    assert "is disabled" in Terminal().said("run", "off", status=2)


def test_without_the_database_a_job_runs_and_is_not_recorded():
    terminal = Terminal()
    terminal.context.away = True
    done = terminal.type("run", "hourly", "--json")
    assert "will not be recorded" in done.stderr
    assert '"id": null' in done.stdout
    assert CALLS == [(("own",), {})]
    assert "is away" in terminal.said("run", "failing", status=1)


def test_a_job_that_no_server_has_taken_up_is_run_too():
    terminal = Terminal({"elsewhere": {"function": f"{HERE}.note", "hours": 1, "servers": "elsewhere"}})
    assert terminal.read("run", "elsewhere")["status"] == "succeeded"


# --- backfill -------------------------------------------------------------------------------------


def with_a_gap():
    """Five hours pass: one run succeeds, one fails."""
    terminal = Terminal()
    for number, status in ((1, Status.SUCCEEDED), (2, Status.FAILED)):
        terminal.context.clock.move(HOUR)
        terminal.end(terminal.begin("hourly", NOON + number * HOUR), status)
    terminal.context.clock.move(3 * HOUR)
    return terminal


ALL_DAY = ["--from", "2026-03-01T12:30Z", "--to", "2026-03-02"]
MISSED = [f"2026-03-01T{hour}:00:00+00:00" for hour in (14, 15, 16, 17)]


def test_a_dry_run_shows_what_passed_without_a_success():
    terminal = with_a_gap()
    assert terminal.read("backfill", "hourly", *ALL_DAY, "--dry-run")["missed"] == MISSED
    assert "4 due times without a success" in terminal.shown("backfill", "hourly", *ALL_DAY, "--dry-run")
    assert CALLS == []


def test_times_without_a_zone_are_in_that_of_the_job():
    found = with_a_gap().read(
        "backfill", "hourly", "--from", "2026-03-01 16:00", "--to", "2026-03-01 17:00", "--dry-run"
    )
    assert found["missed"] == MISSED[1:3]


def test_what_was_missed_is_run_with_its_own_due_time_and_then_not_again():
    terminal = with_a_gap()
    document = terminal.read("backfill", "hourly", *ALL_DAY)
    assert [run["due"] for run in document["runs"]] == document["missed"] == MISSED
    by_hand = [record for record in records(terminal, "hourly") if record[2] is Trigger.MANUAL]
    assert sorted(due.isoformat() for due, *_ in by_hand) == MISSED
    assert terminal.read("backfill", "hourly", *ALL_DAY) == {"job": "hourly", "missed": [], "runs": []}
    assert len(CALLS) == 4


def test_a_backfill_goes_on_after_a_failure_and_ends_with_status_1():
    terminal = Terminal()
    terminal.context.clock.move(48 * HOUR)
    shown = terminal.shown("backfill", "failing", "--from", "2026-03-01", status=1)
    assert "3 due times: 3 were run, 0 succeeded" in shown


def test_many_runs_have_to_be_confirmed():
    terminal = Terminal()
    terminal.context.clock.move(21 * HOUR)
    command = ["backfill", "hourly", "--from", "2026-03-01T12:30Z"]
    assert "Run hourly 21 times?" in terminal.said(*command, stdin="n\n", status=1)
    assert CALLS == []
    terminal.shown(*command, "--yes")
    assert len(CALLS) == 21


def test_a_backfill_ends_where_the_job_goes_on_elsewhere():
    terminal = with_a_gap()
    terminal.begin("hourly", NOON + 5 * HOUR)
    assert "is going on" in terminal.said("backfill", "hourly", *ALL_DAY, status=3)


@pytest.mark.parametrize(
    ("since", "said"), [("yesterday", "is not a date and time"), ("2026-02-30", "exists")]
)
def test_a_time_that_is_none_is_refused(since, said):
    refused = Terminal().said("backfill", "hourly", "--from", since, status=2)
    assert said in " ".join(refused.split())
    assert "2027-03-28 14:30" in refused


def test_too_many_due_times_are_refused():
    terminal = Terminal({"often": {"function": f"{HERE}.note", "seconds": 1}})
    terminal.context.clock.move(24 * HOUR)
    assert "10,000" in terminal.said("backfill", "often", "--from", "2026-03-01T12:00Z", status=2)


# --- Ctrl-C ---------------------------------------------------------------------------------------


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_stops_the_run_and_the_rest_of_a_backfill(monkeypatch):
    terminal = with_a_gap()
    monkeypatch.setattr(terminals, "note", lambda *args: interrupt())
    shown = terminal.shown("backfill", "hourly", *ALL_DAY, status=1)
    assert "4 due times: 1 were run, 0 succeeded" in shown
    assert Status.STOPPED in {status for _, status, *_ in records(terminal, "hourly")}


def test_ctrl_c_outside_of_a_run_ends_the_command():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), stopped_by_keyboard():
        interrupt()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_job_that_the_database_does_not_take_up_is_not_said_to_go_on(monkeypatch):
    terminal = Terminal()
    terminal.management.store.world.lose("hourly")
    monkeypatch.setattr(terminal.context.store, "register_jobs", lambda jobs, now: {})
    assert "the database does not take up 'hourly'" in terminal.said("run", "hourly", status=2)
