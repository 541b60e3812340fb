"""C4: what a variable of the environment holds is shown nowhere; what is shown is how it is written."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import yaml

from docassemble.Scheduler.cli.text.tables import Clock, job_table
from docassemble.Scheduler.config import parse
from docassemble.Scheduler.core.decision import State, decide
from docassemble.Scheduler.core.errors import FunctionError, HostError
from docassemble.Scheduler.core.job import Job
from docassemble.Scheduler.core.run import Due, Outcome, Run, Status
from docassemble.Scheduler.execution.cancellation import RunningRuns
from docassemble.Scheduler.execution.executor import Executor
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.execution.log.event_log import LogObserver
from docassemble.Scheduler.execution.lookup import log_handlers_of
from docassemble.Scheduler.execution.observers import RunObserver
from docassemble.Scheduler.management import serialize
from docassemble.Scheduler.management.check import inspect
from docassemble.Scheduler.management.status import JobState
from docassemble.Scheduler.schedules.apscheduler import from_trigger
from docassemble.Scheduler.testing import ManualClock
from docassemble.Scheduler.web.dashboard.jobs.job_facts import facts
from docassemble.Scheduler.worker.completion import CompletionHooks
from tests.unit.notifications.notifiers import LOGGER, Mailing
from tests.unit.web.views import job_html

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
SECRET = "hunter2"
#: names that lead somewhere in form only
ENVIRON = {"S": SECRET, "F": f"{SECRET}.work", "M": f"{SECRET}@example.com", "D": f"2099-01-01 # {SECRET}"}

#: a value for each key that takes a text, alone, in lists and in mappings
KEYS = {
    "function": ["${F}", "a.${S}"],
    "contextmanager": ["${F}"],
    "error handler": ["${F}"],
    "only if": ["${F}", "x.${S}.y"],
    "on exit": ["${F}"],
    "run as": ["${M}", "${S}@example.com"],
    "lock": ["${S}", "x${S}"],
    "servers": ["${S}", ["${S}", "web"]],
    "description": ["${S}", "my ${S}"],
    "tags": ["${S}", ["${S}", "web"]],
    "monitor": ["https://${S}.example.com/x"],
    "args": [["${S}"], [{"a": ["${S}"]}]],
    "kwargs": [{"a": "${S}"}, {"a": [{"b": "${S}"}]}],
}


class Host:
    @contextmanager
    def context(self, user: str | None) -> Any:
        if user is not None:
            raise HostError(f"docassemble has no user {user!r}")
        yield


def read(keys: dict[str, Any], **settings: Any) -> Any:
    job = {"every": 60, "function": "os.getcwd", **keys}
    return parse(
        {"a.b": job, **settings},
        zone="UTC",
        environ=ENVIRON,
        now=NOON,
        trigger_schedule=from_trigger,
    )


def job_of(keys: dict[str, Any], **settings: Any) -> Job:
    configuration = read(keys, **settings)
    assert configuration.problems == ()
    (job,) = configuration.jobs
    return job


def views(job: Job, *, shows_arguments: bool = True) -> str:
    """Return all that people see of a job, in one text."""
    state = JobState.of(job, None, None, NOON)
    page = job_html(state, facts=facts(job, shows_arguments=shows_arguments))
    seen = [
        json.dumps(serialize.JOB_STATE.dump(state)),
        page,
        repr(job_table([state], (), Clock(NOON, "UTC"))),
    ]
    seen += [str(problem) for problem in inspect([job], Functions(), Host())]
    return "\n".join(seen)


def run_of(job: Job) -> Run:
    return Run(id="0" * 32, due=Due(job, NOON), claimed=NOON, attempt=1)


def log_of(caplog: pytest.LogCaptureFixture) -> str:
    formatter = logging.Formatter()
    return "\n".join(formatter.format(record) for record in caplog.records)


CASES = [(key, value) for key, values in KEYS.items() for value in values]


def all_that_is_seen(job: Job, caplog: pytest.LogCaptureFixture, *, shows_arguments: bool = True) -> str:
    """Return the views of a job, and all that is said when it is run and has failed."""
    caplog.set_level(logging.DEBUG)
    clock = ManualClock(NOON)
    execution = Executor(
        contexts=Host(),
        functions=Functions(),
        observer=RunObserver(),
        running_runs=RunningRuns(),
        clock=clock,
    )
    outcome = execution(run_of(job))
    LogObserver(LOGGER, clock).finished(run_of(job), outcome)
    mailing = Mailing(clock)
    after = CompletionHooks(notifier=mailing.notifier, contexts=Host(), functions=Functions(), logger=LOGGER)
    after.finished(
        run_of(job), Outcome(status=Status.FAILED, started=NOON, finished=NOON, error=ValueError("x"))
    )
    error = "".join(traceback.format_exception(outcome.error)) if outcome.error else ""
    seen = views(job, shows_arguments=shows_arguments)
    return "\n".join([seen, error, str(outcome.reason), log_of(caplog), repr(mailing.sent)])


@pytest.mark.parametrize(("key", "value"), CASES, ids=[f"{key}: {value}" for key, value in CASES])
def test_c4_nobody_sees_what_a_variable_holds(
    key: str, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert SECRET not in all_that_is_seen(job_of({key: value}), caplog)


@pytest.mark.parametrize("function", ["os.getcwd", "builtins.print", "no.such.module_of_ours.work"])
@pytest.mark.parametrize("keys", [{"args": [SECRET, {"a": [SECRET]}]}, {"kwargs": {"password": SECRET}}])
def test_nobody_sees_what_a_job_is_called_with_but_who_may_run_any_code(
    keys: dict[str, Any], function: str, caplog: pytest.LogCaptureFixture
) -> None:
    job = job_of({"function": function, **keys})
    assert SECRET not in all_that_is_seen(job, caplog, shows_arguments=False)


@pytest.mark.parametrize(
    ("key", "value"), [case for case in CASES if case[0] not in {"args", "kwargs", "monitor"}]
)
def test_c4_what_is_seen_instead_is_how_it_is_written(key: str, value: Any) -> None:
    if key in {"contextmanager", "error handler"}:
        (problem,) = inspect([job_of({key: value})], Functions(), Host())
        assert problem.sentence == f"`{value}` leads nowhere, as the environment has it."
    else:
        text = ", ".join(value) if isinstance(value, list) else value
        assert text in views(job_of({key: value})) or json.dumps(value) in views(job_of({key: value}))


def test_c4_the_lock_of_another_job_is_not_shown_either() -> None:
    state = State(cursor=NOON - timedelta(minutes=1), locked_since=NOON - timedelta(hours=1))
    decision = decide(job_of({"lock": "${S}"}), state, NOON)
    assert decision is not None
    reasons = [unrun.reason for unrun in decision.unrun]
    assert reasons == ["another job with the lock ${S} is still going"]


def test_c4_it_holds_for_what_comes_from_the_settings_and_the_defaults() -> None:
    assert job_of({}, **{"error handler": "${F}"}).shown("error_handler") == "${F}"
    assert job_of({"error handler": "c.d"}, **{"error handler": "${F}"}).shown("error_handler") == "${F}"
    assert job_of({"error handler": "${F}"}, **{"error handler": "c.d"}).shown("error_handler") == "c.d"
    assert job_of({}, defaults={"lock": "${S}", "servers": ["${S}", "b"]}).shown("lock") == "${S}"
    assert SECRET not in views(job_of({}, defaults={"lock": "${S}", "servers": ["${S}", "b"]}))


def test_c4_the_parameters_of_a_trigger_are_shown_as_they_are_written() -> None:
    keys = {"trigger": "cron", "params": {"hour": "${H}", "timezone": "Europe/Berlin"}}
    block = {"a.b": {"function": "os.getcwd", **keys}}
    (job,) = parse(block, zone="UTC", environ={"H": "4-7"}, now=NOON, trigger_schedule=from_trigger).jobs
    assert "4-7" not in views(job)
    assert "${H}" in views(job)


@pytest.mark.parametrize("function", ["sys", "no.such.module_of_ours"])
def test_an_error_about_a_name_that_stands_in_the_file_is_told_as_ever(function: str) -> None:
    (problem,) = inspect([job_of({"function": f"{function}.wrok"})], Functions(), Host())
    assert function in problem.sentence


def test_what_the_environment_gave_is_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, SECRET, type(sys)(SECRET))
    monkeypatch.setattr(sys.modules[SECRET], "work", lambda: "done", raising=False)
    running_runs = RunningRuns()
    execution = Executor(
        contexts=Host(),
        functions=Functions(),
        observer=RunObserver(),
        running_runs=running_runs,
        clock=ManualClock(NOON),
    )
    assert execution(run_of(job_of({"function": "${F}"}))).status is Status.SUCCEEDED


BAD = [
    *("function: ${S}", "contextmanager: ${S}", "run as: ${S}", "servers: [1, '${S}']", "only if: ${S}"),
    *(
        "monitor: ${S}",
        "max runtime: ${S}",
        "retries: ${S}",
        "start: ${D}",
        "time zone: ${S}",
        "missed: ${S}",
    ),
]


@pytest.mark.parametrize("keys", BAD)
def test_c4_a_value_that_is_refused_is_not_shown(keys: str) -> None:
    problems = read(yaml.safe_load(keys)).problems
    assert problems
    assert SECRET not in "".join(str(problem) for problem in problems)


def test_a_log_handler_that_the_environment_names_is_a_number_and_leads_nowhere() -> None:
    for written, shown in (("os.nothing", "os.nothing"), ("${PRIVATE_HANDLER}", "number 1")):
        environ = {"PRIVATE_HANDLER": "os.hidden"}
        settings = parse({"log handlers": [written]}, zone="UTC", environ=environ, now=NOON).settings
        ((name, find),) = log_handlers_of(settings, Functions()).items()
        assert name == shown
        with pytest.raises(FunctionError) as raised:
            find()
        assert "hidden" not in str(raised.value)
        assert raised.value.hint
