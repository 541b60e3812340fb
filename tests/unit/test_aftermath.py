"""What happens after a run: error handlers, and mails that do not come too often."""

import logging
import sys
import types
from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler import job_data
from docassemble.Scheduler.aftermath import Aftermath
from docassemble.Scheduler.desk import CriticalMail, Desk
from docassemble.Scheduler.functions import Functions
from docassemble.Scheduler.notices import NoticePolicy
from docassemble.Scheduler.record import Due, Outcome, Run, Status
from docassemble.Scheduler.schedule.interval import Interval
from docassemble.Scheduler.testing import FakeHost, ManualClock, job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
LOGGER = logging.getLogger("test.failures")


class Stage:
    def __init__(self, monkeypatch, **handlers):
        module = types.ModuleType("staged_handlers")
        vars(module).update(handlers)
        monkeypatch.setitem(sys.modules, "staged_handlers", module)
        self.host, self.clock = FakeHost(), ManualClock(NOON)
        self.desk = Desk(self.host, NoticePolicy(), self.clock, LOGGER)
        self.aftermath = Aftermath(desk=self.desk, contexts=self.host, functions=Functions(), logger=LOGGER)

    def fail(self, error=None, **fields):
        self._end(Status.FAILED, error or ValueError("no such case"), fields)

    def succeed(self, **fields):
        self._end(Status.SUCCEEDED, None, fields)

    def _end(self, status, error, fields):
        due = Due(job("a.b", Interval(timedelta(minutes=1)), **fields), NOON)
        run = Run(id="0" * 32, due=due, claimed=NOON)
        self.aftermath.after(run, Outcome(status=status, started=NOON, finished=NOON, error=error))


@pytest.fixture
def stage(monkeypatch):
    return lambda **handlers: Stage(monkeypatch, **handlers)


def test_a_failure_is_mailed_with_its_traceback_but_without_variables(stage):
    stage = stage()

    def work():
        password = "hunter" + "2"  # noqa: F841 - it must not be in the mail
        raise ValueError("no such case")

    try:
        work()
    except ValueError as error:
        stage.fail(error)
    ((subject, text, recipients),) = stage.host.mails
    assert "a.b failed: ValueError" in subject
    assert "no such case" in text
    assert "in work" in text
    assert "hunter2" not in text
    assert recipients == ("admin@example.com",)


def test_a_job_that_keeps_failing_is_mailed_at_most_once_an_hour_with_the_count(stage):
    stage = stage()
    for _ in range(61):
        stage.fail()
        stage.clock.move(timedelta(minutes=1))
    assert len(stage.host.mails) == 2
    assert "still failing" in stage.host.mails[1][0]
    assert "since the last mail: 60" in stage.host.mails[1][1]


def test_a_job_that_works_again_is_mailed_once(stage):
    stage = stage()
    stage.fail()
    stage.succeed()
    stage.succeed()
    assert [subject for subject, _, _ in stage.host.mails][1:] == ["docassemble: a.b works again"]


def test_without_an_address_nothing_is_mailed(stage):
    stage = stage()
    stage.host.error_recipients = ()
    stage.fail()
    assert stage.host.mails == []


def test_a_mail_server_that_is_down_is_a_line_in_the_log(stage, caplog):
    stage = stage()
    stage.host.mail_error = ConnectionRefusedError("port 25")
    stage.fail()
    assert "could not be sent: ConnectionRefusedError: port 25" in caplog.text


def test_a_custom_error_handler_sees_every_failure_and_replaces_the_mail(stage):
    seen = []
    stage = stage(handler=lambda error, job: seen.append((error, job)))
    first, second = ValueError(1), ValueError(2)
    for error in (first, second):
        stage.fail(error, error_handler="staged_handlers.handler", args=(1,), kwargs={"a": 2})
    assert [error for error, _ in seen] == [first, second]
    assert isinstance(seen[0][1], job_data.SchedulerJobConfig)
    assert (seen[0][1].name, seen[0][1].pargs, seen[0][1].kwargs) == ("a.b", [1], {"a": 2})
    assert stage.host.mails == []


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


@pytest.mark.parametrize(
    "name", ["staged_handlers.broken", "staged_handlers.missing", "no_such_module.handler"]
)
def test_when_the_error_handler_fails_the_default_one_takes_over_and_tells_of_both(stage, name):
    def broken(error, job):
        raise TypeError("handler")

    stage = stage(broken=broken, quits=lambda error, job: sys.exit(3))
    stage.fail(error_handler=name)
    ((_, text, _),) = stage.host.mails
    assert "no such case" in text
    assert any(cause in text for cause in ("TypeError: handler", "SystemExit: 3", "FunctionError"))


def test_a_critical_message_is_mailed_under_the_same_limit(stage):
    stage = stage()
    logger = logging.Logger("test.critical")
    logger.addHandler(CriticalMail(stage.desk.critical))
    for message in ("first", "second"):
        logger.critical(message)
    logger.error("not critical")
    ((subject, text, _),) = stage.host.mails
    assert "critical message of the scheduler" in subject
    assert "first" in text


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
    assert len(stage.host.mails) == 1
