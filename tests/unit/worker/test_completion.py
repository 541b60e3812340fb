"""What happens after a run: `on exit`, error handlers, mails."""

import sys
import types
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler import job_data
from docassemble.Scheduler.core.errors import JobTimeout
from docassemble.Scheduler.core.run import Due, Interruption, Outcome, Run, Status, StopReason
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.testing import ManualClock, job
from docassemble.Scheduler.worker.completion import CompletionHooks
from tests.unit.notifications.notifiers import LOGGER, Mailing

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
LATER = NOON + timedelta(minutes=1)
JOB = job("a.b", Interval(timedelta(minutes=1)))
DIED = Interruption(run="0" * 32, job="a.b", due=NOON, attempt=2, server="server-2")


class Stage:
    def __init__(self, monkeypatch, notify=None, **handlers):
        module = types.ModuleType("staged_handlers")
        vars(module).update(handlers)
        monkeypatch.setitem(sys.modules, "staged_handlers", module)
        self.clock = ManualClock(NOON)
        self.mailing = Mailing(self.clock, **(notify or {}))
        #: the runs that are watched for what they leave behind
        self.watched = []
        self.host = self.mailing.host
        self.completion = CompletionHooks(
            notifier=self.mailing.notifier,
            contexts=self.host,
            functions=Functions(),
            watch=self.watch,
            logger=LOGGER,
        )

    @contextmanager
    def watch(self, run):
        self.watched.append(run.job.name)
        yield

    @property
    def mails(self):
        return self.mailing.sent

    def fail(self, error=None, **fields):
        self.end(Status.FAILED, error or ValueError("no such case"), fields)

    def succeed(self, **fields):
        self.end(Status.SUCCEEDED, None, fields)

    def end(self, status, error=None, fields=None, **outcome):
        run = Run(
            id="0" * 32,
            due=Due(replace(JOB, **(fields or {})), NOON),
            claimed=NOON,
            failing=self.mailing.streaks.is_failing("a.b"),
        )
        self.completion.finished(
            run, Outcome(status=status, started=NOON, finished=NOON, error=error, **outcome)
        )


@pytest.fixture
def stage(monkeypatch):
    return lambda **options: Stage(monkeypatch, **options)


def test_a_failure_is_mailed_with_its_traceback_but_without_variables(stage):
    stage = stage()

    def work():
        password = "hunter" + "2"  # noqa: F841 - it must not be in the mail
        raise ValueError("no such case")

    try:
        work()
    except ValueError as error:
        stage.fail(error)
    ((subject, text, recipients),) = stage.mails
    assert "a.b failed: ValueError" in subject
    assert "no such case" in text
    assert "in work" in text
    assert "hunter2" not in text
    assert recipients == ("admin@example.com",)


def test_a_custom_error_handler_sees_every_failure_and_replaces_the_mail(stage):
    seen = []
    stage = stage(handler=lambda error, job: seen.append((error, job)))
    first, second = ValueError(1), ValueError(2)
    for error in (first, second):
        stage.fail(error, error_handler="staged_handlers.handler", args=(1,), kwargs={"a": 2})
    assert [error for error, _ in seen] == [first, second]
    assert isinstance(seen[0][1], job_data.SchedulerJobConfig)
    assert (seen[0][1].name, seen[0][1].pargs, seen[0][1].kwargs) == ("a.b", [1], {"a": 2})
    assert stage.mails == []


def test_an_error_handler_runs_in_docassembles_context(stage):
    stage = stage(handler=lambda error, job: None)
    stage.fail(error_handler="staged_handlers.handler", run_as="clerk@example.com")
    assert stage.host.entered == ["clerk@example.com"]


def test_an_error_handler_may_be_asynchronous(stage):
    seen = []

    async def handler(error, job):
        seen.append(job.name)

    stage(handler=handler).fail(error_handler="staged_handlers.handler")
    assert seen == ["a.b"]


def test_a_run_that_timed_out_is_handed_to_the_error_handler_with_a_timeout(stage):
    seen = []
    stage = stage(handler=lambda error, job: seen.append(error))
    raised = JobTimeout("stopped")
    timed_out = {"fields": {"error_handler": "staged_handlers.handler"}, "reason": StopReason.TIMEOUT.value}
    stage.end(Status.TIMED_OUT, raised, **timed_out)
    stage.end(Status.TIMED_OUT, None, **timed_out)  # it heard that it should stop, and returned
    assert seen[0] is raised
    assert isinstance(seen[1], JobTimeout)
    assert stage.mails == []


def test_a_failure_that_is_tried_again_is_none_yet(stage):
    calls = []
    stage = stage(leave=lambda finished: calls.append(finished.retry_at), handler=calls.append)
    for handler in (None, "staged_handlers.handler"):
        fields = {"on_exit": "staged_handlers.leave", "error_handler": handler}
        stage.end(Status.FAILED, ValueError(), fields, retry_at=LATER)
    assert calls == [LATER, LATER]
    assert stage.mails == []
    assert stage.mailing.streaks.asked == 0


def test_a_run_that_was_interrupted_for_good_is_mailed_with_the_reason_whatever_the_handler(stage):
    stage = stage(handler=lambda error, job: None)
    fields = {"error_handler": "staged_handlers.handler"}
    stage.end(Status.INTERRUPTED, None, fields, reason=StopReason.RESTART.value)
    ((subject, text, _),) = stage.mails
    assert "a.b was interrupted" in subject
    assert "docassemble restarts" in text


@pytest.mark.parametrize("reason", [StopReason.BY_HAND, StopReason.REPLACED])
def test_a_run_that_somebody_stopped_is_no_failure(stage, reason):
    stage = stage()
    stage.end(reason.status, None, reason=reason.value)
    assert stage.mails == []


def test_a_run_that_was_skipped_is_neither_success_nor_failure_and_no_exit(stage):
    calls = []
    stage = stage(leave=calls.append)
    stage.fail()
    stage.end(Status.SKIPPED, None, {"on_exit": "staged_handlers.leave"}, reason="`only if` said no")
    assert calls == []
    assert len(stage.mails) == 1
    assert stage.mailing.streaks.is_failing("a.b")


def test_a_run_whose_process_died_is_told_to_on_exit_and_mailed_with_its_server(stage):
    calls = []
    stage = stage(leave=calls.append)
    stage.completion.interrupted(DIED, replace(JOB, on_exit="staged_handlers.leave"))
    assert [(run.status, run.started, run.reason) for run in calls] == [
        (Status.INTERRUPTED, None, "its process died")
    ]
    ((subject, text, _),) = stage.mails
    assert "a.b was interrupted" in subject
    assert "Server: server-2\n" in text


def test_a_run_whose_process_died_and_that_is_tried_again_is_not_mailed(stage):
    calls = []
    stage = stage(leave=calls.append)
    stage.completion.interrupted(replace(DIED, retry_at=LATER), replace(JOB, on_exit="staged_handlers.leave"))
    assert [run.retry_at for run in calls] == [LATER]
    assert stage.mails == []


def test_a_run_whose_process_was_killed_for_its_time_is_handed_to_the_error_handler(stage):
    seen = []
    stage = stage(handler=lambda error, job: seen.append((error, job_data.get_cur_job().name)))
    killed = replace(DIED, status=Status.TIMED_OUT, reason="its `max runtime` was over")
    stage.completion.interrupted(killed, replace(JOB, error_handler="staged_handlers.handler"))
    ((error, name),) = seen
    assert isinstance(error, JobTimeout)
    assert (str(error), name) == ("its `max runtime` was over", "a.b")
    assert stage.mails == []


def test_a_run_of_a_job_that_is_not_configured_here_is_mailed_all_the_same(stage):
    stage = stage()
    stage.completion.interrupted(DIED, None)
    assert len(stage.mails) == 1


def test_the_variables_of_the_jobs_code_are_mailed_if_that_is_wanted_with_secrets_masked(stage):
    stage = stage(notify={"variables": True})

    def work():
        password, client = "hunter2", "Ms. Smith"
        raise ValueError(f"{len(password)} {len(client)}")

    try:
        work()
    except ValueError as error:
        stage.fail(error, function=f"{__name__}.work")
    text = stage.mails[0][1]
    assert "client = 'Ms. Smith'" in text
    assert "password = (masked)" in text
    assert "= 'hunter2'" not in text


@pytest.mark.parametrize(
    "name", ["staged_handlers.broken", "staged_handlers.missing", "no_such_module.handler"]
)
def test_when_the_error_handler_fails_the_default_one_takes_over_and_tells_of_both(stage, name):
    def broken(error, job):
        raise TypeError("handler")

    stage = stage(broken=broken, quits=lambda error, job: sys.exit(3))
    stage.fail(error_handler=name)
    ((_, text, _),) = stage.mails
    assert "no such case" in text
    assert any(cause in text for cause in ("TypeError: handler", "SystemExit: 3", "FunctionError"))


def test_on_exit_is_called_with_the_finished_run_before_the_error_handler(stage):
    calls = []
    stage = stage(
        leave=lambda finished: calls.append((finished.job, finished.status, str(finished.error))),
        handler=lambda error, job: calls.append("handler"),
    )
    stage.fail(on_exit="staged_handlers.leave", error_handler="staged_handlers.handler")
    stage.succeed(on_exit="staged_handlers.leave")
    assert calls == [
        ("a.b", Status.FAILED, "no such case"),
        "handler",
        ("a.b", Status.SUCCEEDED, "None"),
    ]


def test_on_exit_that_fails_is_a_line_in_the_log_and_the_mail_goes_out(stage, caplog):
    stage = stage(leave=lambda finished: 1 / 0)
    stage.fail(on_exit="staged_handlers.leave")
    assert "staged_handlers.leave" in caplog.text
    assert len(stage.mails) == 1


@pytest.mark.parametrize(
    ("fields", "watched"),
    [
        ({}, []),
        ({"on_exit": "staged_handlers.told"}, ["a.b"]),
        ({"error_handler": "staged_handlers.told"}, ["a.b"]),
    ],
)
def test_what_functions_that_come_after_a_run_leave_behind_is_watched_for(stage, fields, watched):
    stage = stage(told=lambda *_: None)
    stage.fail(**fields)
    assert stage.watched == watched
    stage.completion.interrupted(DIED, replace(JOB, **fields))
    assert stage.watched == watched * 2
