"""The commands that tell the servers something."""

import json
import sys
from datetime import timedelta

import pytest

from docassemble.Scheduler.cli.main import main
from docassemble.Scheduler.management.status import JobStatus
from tests.unit.cli.terminals import BY, CALLS, HERE, Terminal
from tests.unit.management.managers import NOON

HOUR = timedelta(hours=1)


def test_a_job_is_paused_and_resumed_and_who_did_it_is_on_record():
    terminal = Terminal()
    assert terminal.shown("pause", "hourly") == "hourly is paused\n"
    assert terminal.management.manager.job("hourly").status is JobStatus.PAUSED
    assert terminal.shown("pause", "hourly") == "hourly is paused already\n"
    assert terminal.read("resume", "hourly") == {"job": "hourly", "paused": False, "changed": True}
    assert terminal.shown("resume", "hourly") == "hourly is not paused\n"
    events = terminal.management.manager.events("hourly")
    assert sorted((event.actor, event.action) for event in events) == [(BY, "pause"), (BY, "resume")]


def test_a_pause_has_a_note():
    terminal = Terminal()
    terminal.shown("pause", "hourly", "--note", "the mail server moves")
    assert terminal.management.manager.job("hourly").record.pause.note == "the mail server moves"


def test_everything_is_paused_and_resumed_at_once():
    terminal = Terminal()
    assert terminal.shown("pause", "--all", "--note", "the database moves") == "Everything is paused\n"
    pause = terminal.management.manager.general_pause()
    assert (pause.by, pause.note) == (BY, "the database moves")
    assert terminal.shown("pause", "--all") == "Everything is paused already\n"
    assert "everything is paused" in terminal.said("resume", "hourly", status=2)
    assert terminal.read("resume", "--all") == {"job": None, "paused": False, "changed": True}
    assert terminal.shown("resume", "--all") == "Nothing is paused with --all\n"


@pytest.mark.parametrize("command", ["pause", "resume"])
@pytest.mark.parametrize("typed", [(), ("hourly", "--all")])
def test_either_one_job_is_meant_or_all(command, typed):
    assert "Give either JOB or --all." in Terminal().said(command, *typed, status=2)


def test_all_runs_of_a_job_are_stopped_or_one():
    terminal = Terminal()
    run = terminal.begin("hourly", NOON + HOUR)
    assert terminal.read("stop", "hourly") == {"stopped": [run.id]}
    assert terminal.management.store.stop_requests([run.id]) == {run.id: "BY_HAND"}
    assert terminal.shown("stop", run.id) == "There is nothing to stop.\n"


def test_a_run_is_stopped_by_its_identifier():
    terminal = Terminal()
    run = terminal.begin("hourly", NOON + HOUR)
    assert terminal.shown("stop", run.id) == f"{run.id} is asked to stop\n"


def test_a_job_that_no_server_has_taken_up_cannot_be_paused():
    block = {"elsewhere": {"function": f"{HERE}.note", "hours": 1, "servers": "elsewhere"}}
    assert "no server has taken up" in Terminal(block).said("pause", "elsewhere", status=2)


@pytest.mark.parametrize(
    ("typed", "arguments"),
    [([], None), (["--arg", "1", "--kwarg", "a=b"], {"args": [1], "kwargs": {"a": "b"}})],
)
def test_a_run_is_left_to_the_servers_with_the_jobs_own_arguments_or_others(typed, arguments):
    terminal = Terminal()
    assert terminal.shown("request", "hourly", *typed) == "A run of hourly is requested\n"
    (run_request,) = terminal.management.store.run_requests()
    assert (run_request.job, run_request.by, run_request.at) == ("hourly", BY, NOON)
    assert (run_request.arguments and json.loads(run_request.arguments)) == arguments
    assert CALLS == []


def test_the_identifier_of_a_request_is_that_of_its_event():
    terminal = Terminal()
    document = terminal.read("request", "hourly")
    (event,) = terminal.management.manager.events("hourly")
    assert document == {"job": "hourly", "request": event.id}
    assert "is disabled" in terminal.said("request", "off", status=2)


@pytest.mark.parametrize("command", ["pause", "resume", "stop", "run", "request", "history"])
def test_a_job_that_is_not_there_is_told_with_a_guess(command):
    said = Terminal().said(command, "hourli", status=2)
    assert said == "Error: there is no job 'hourli'. Hint: did you mean 'hourly'?.\n".replace("?.", "?")


def test_docassemble_finds_no_name_of_a_file_among_our_arguments(monkeypatch):
    monkeypatch.setattr("sys.argv", ["docassemble-scheduler", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert sys.argv == ["docassemble-scheduler"]


def test_no_command_and_a_wrong_one_explain_themselves():
    assert "history" in Terminal().type(status=2).output
    assert "stopp" in Terminal().said("stopp", status=2)
    assert "Exit status" in Terminal().shown("--help")
    assert "docassemble.Scheduler" in Terminal().shown("--version")
