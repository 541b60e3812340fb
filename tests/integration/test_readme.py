"""The README of 0.2.x, example by example, in a real docassemble: whatever it promised still works."""

import json
import re
import textwrap
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.notes import TOP_LEVEL
from tests.integration.smtp_sink import SmtpSink, text_of
from tests.readme_of_0_2 import (
    ARGUMENTS_AND_PLAYGROUND,
    CONTEXT,
    HANDLED,
    HEARTBEAT,
    LOG_LEVEL,
    MONTHLY,
    PACKAGE,
    SAME_FUNCTION,
)

every_release = pytest.mark.every_release


def named(block: str, word: str) -> str:
    """An example under a key of its own: several of them are about `test.heartbeat`."""
    return block.replace("test.heartbeat:", f"test.heartbeat {word}:")


#: all examples in one block
EXAMPLES = textwrap.indent(
    LOG_LEVEL
    + HEARTBEAT
    + named(MONTHLY, "monthly")
    + ARGUMENTS_AND_PLAYGROUND
    + PACKAGE
    + SAME_FUNCTION
    + named(HANDLED, "error handler")
    + named(CONTEXT, "contextmanager")
    + """\
test.heartbeat every fifth minute:
  type: cron
  minute: -5
""",
    "  ",
)

#: the same things at a pace that a test can wait for
FASTER = """\
  docassemble.demo.gettime.get_time fast:
    type: interval
    seconds: 2
  docassemble.playground1.test_py_file.function_name fast:
    type: interval
    seconds: 2
  docassemble.playground1.test_py_file.function_name slower:
    type: interval
    seconds: 3
  test.test_arbitrary_params fast:
    type: interval
    seconds: 2
    args:
        - positional_value_1
        - positional_value_2
    kwargs:
        optional_param: optional_value
  test.test_raise_exception:
    type: interval
    seconds: 2
  test.heartbeat short:
    type: interval
    seconds: 2
    contextmanager: test_context.SchedulerContext
  test.heartbeat full:
    type: interval
    seconds: 2
    contextmanager: docassemble.Scheduler.tasks.test_context.SchedulerContext
  readme_jobs.fails in its context:
    type: interval
    seconds: 2
    contextmanager: readme_jobs.Surrounding
    error handler: readme_jobs.error_handler
  readme_jobs.fails by default:
    type: interval
    seconds: 2
  readme_jobs.fails told:
    type: interval
    seconds: 2
    args: [1, two]
    kwargs: {three: 3}
    contextmanager: readme_jobs.Surrounding
    error handler: readme_jobs.tells_all
  readme_jobs.fails twice:
    type: interval
    seconds: 2
    error handler: readme_jobs.fails_too
  readme_jobs.fails unheard:
    type: interval
    seconds: 2
    error handler: some.error.handler
  readme_jobs.fails_once:
    type: interval
    seconds: 2
  readme_jobs.levels:
    type: interval
    seconds: 2
"""


@pytest.fixture(scope="module")
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


#: what the clock of the world, which the demo package asks, says here
NOW = "2026-01-31T12:00-05:00"


class WorldClock(BaseHTTPRequestHandler):
    """Answers for worldclockapi.com."""

    def do_GET(self) -> None:
        content = json.dumps({"currentDateTime": NOW}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture(scope="module")
def internet() -> Iterator[None]:
    """An internet that consists of one clock."""
    with ThreadingHTTPServer(("127.0.0.1", 0), WorldClock) as server, pytest.MonkeyPatch.context() as patch:
        Thread(target=server.serve_forever, daemon=True).start()
        patch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        yield
        server.shutdown()


@pytest.fixture(scope="module")
def site(
    start_devserver: Callable[..., DevServer],
    sink: SmtpSink,
    internet: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> DevServer:
    """A docassemble with all examples at once, and a mail server."""
    backups = f"""\
  postgres_db_backup.run fast:
    type: interval
    seconds: 20
    args:
      - ['db', 'data db']
      - {json.dumps(str(tmp_path_factory.mktemp("backups")))}
"""
    config = tmp_path_factory.mktemp("config") / "config.yml"
    surroundings = {"mail": sink.directive, "error notification email": "operator@example.com"}
    others = "".join(f"{key}: {json.dumps(value)}\n" for key, value in surroundings.items())
    config.write_text(f"{others}scheduler:\n{EXAMPLES}{FASTER}{backups}", encoding="utf-8")
    return start_devserver(config, pythonpath=[TOP_LEVEL])


def lines(site: DevServer, job: str) -> str:
    """What the log has of one job."""
    return "\n".join(line for line in site.read_log().splitlines() if f" [{job}] " in line)


def wait_for_line(site: DevServer, job: str, pattern: str, timeout: float = 60) -> "re.Match[str]":
    return site.wait_for_log(rf"\w+ \[{re.escape(job)}\] {pattern}", timeout)


@every_release
def test_no_example_has_a_problem_but_the_functions_that_do_not_exist(site: DevServer) -> None:
    site.wait_for_log(r"\[function-not-found\]")
    wait_for_line(site, "test.heartbeat short", "ENDED")
    problems = re.findall(r"scheduler -> .*\[[\w-]+\]$", site.read_log(), re.MULTILINE)
    named = {problem.partition(": ")[0] for problem in problems}
    playground = "scheduler -> docassemble.playground1.test_py_file.function_name"
    assert named == {
        playground,
        f"{playground} fast",
        f"{playground} slower",
        "scheduler -> test.heartbeat error handler -> error handler",
        "scheduler -> readme_jobs.fails unheard -> error handler",
    }
    assert all(problem.endswith("[function-not-found]") for problem in problems)


def test_the_arguments_are_logged_as_the_readme_says(site: DevServer) -> None:
    expected = (
        r"pargs=('positional_value_1', 'positional_value_2') kwargs={'optional_param': 'optional_value'}"
    )
    found = wait_for_line(site, "test.test_arbitrary_params fast", r"(pargs=.*)$")
    assert found[1] == expected


@every_release
def test_a_function_of_the_demo_package_runs(site: DevServer) -> None:
    wait_for_line(site, "docassemble.demo.gettime.get_time fast", rf'ENDED after [\d.]+ s, returned "{NOW}"')


@every_release
@pytest.mark.parametrize("name", ["short", "full"])
def test_a_context_surrounds_each_run_by_its_short_and_its_full_name(site: DevServer, name: str) -> None:
    job = f"test.heartbeat {name}"
    wait_for_line(site, job, "ENDED")
    said = re.findall(rf"\[{job}\] (STARTED|SchedulerContext \w+|heartbeat|ENDED)", site.read_log())
    assert said[:5] == [
        "STARTED",
        "SchedulerContext Started!"[:-1],
        "heartbeat",
        "SchedulerContext Ended",
        "ENDED",
    ]


def test_a_context_is_told_of_the_error_and_left_before_the_handler_is_called(site: DevServer) -> None:
    job = "readme_jobs.fails in its context"
    wait_for_line(site, job, "Scheduler Error")
    said = re.findall(rf"\[{job}\] (\w+ \w+)", site.read_log())
    entered = said.index("surrounding entered")  # after STARTED, and WAITING where all slots are taken
    assert said[entered + 1 : entered + 4] == ["surrounding left", "ERROR after", "Scheduler Error"]
    assert "surrounding left with ValueError" in lines(site, job)


@every_release
def test_the_error_handler_of_the_readme_handles(site: DevServer, sink: SmtpSink) -> None:
    job = "readme_jobs.fails in its context"
    found = wait_for_line(site, job, "(Scheduler Error with .*)$")
    assert found[1] == f"Scheduler Error with job.name='{job}': ValueError:('the job is broken', 21)"
    assert not sink.about(job)


def test_an_error_handler_is_given_the_job_with_its_seven_attributes(site: DevServer) -> None:
    job = "readme_jobs.fails told"
    found = wait_for_line(site, job, "handled (.*)$")
    assert json.loads(found[1]) == {
        "name": job,
        "type": "interval",
        "params": {"seconds": 2},
        "pargs": [1, "two"],
        "kwargs": {"three": 3},
        "contextmanager": "readme_jobs.Surrounding",
        "error_handler": "readme_jobs.tells_all",
    }


@every_release
def test_without_an_error_handler_the_failure_is_mailed_without_the_variables(
    site: DevServer, sink: SmtpSink
) -> None:
    mail = sink.wait_for("readme_jobs.fails by default failed")
    assert mail["To"] == "operator@example.com"
    text = text_of(mail)
    assert "Error: ValueError: ('the job is broken', 21)" in text
    assert "readme_jobs.py" in text
    assert "in fails" in text
    assert "correct-horse-battery" not in mail.as_string()
    assert not list(mail.iter_attachments())


def test_an_error_handler_that_fails_gives_way_to_the_default_one(site: DevServer, sink: SmtpSink) -> None:
    text = text_of(sink.wait_for("readme_jobs.fails twice failed"))
    assert "ValueError: ('the job is broken', 21)" in text
    assert "LookupError: the handler is lost as well" in text
    wait_for_line(site, "readme_jobs.fails twice", "The error handler readme_jobs.fails_too failed")


def test_an_error_handler_that_cannot_be_imported_gives_way_to_the_default_one(
    site: DevServer, sink: SmtpSink
) -> None:
    text = text_of(sink.wait_for("readme_jobs.fails unheard failed"))
    assert "ValueError: ('the job is broken', 21)" in text
    assert "some.error.handler" in text


@every_release
def test_a_job_that_works_again_is_mailed_too(site: DevServer, sink: SmtpSink) -> None:
    mail = sink.wait_for("readme_jobs.fails_once works again")
    assert "Failures since the last message: 0" in text_of(mail)
    assert "TimeoutError: not yet" in text_of(sink.wait_for("readme_jobs.fails_once failed"))


@every_release
def test_every_level_is_logged_and_a_critical_message_is_mailed(site: DevServer, sink: SmtpSink) -> None:
    job = "readme_jobs.levels"
    wait_for_line(site, job, "ENDED")
    said = re.findall(rf"(\w+) \[{job}\] Hello World$", site.read_log(), re.MULTILINE)
    assert said[:6] == ["INFO", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
    mail = sink.wait_for(f"critical message of {job}")
    assert "Hello World" in text_of(mail)


@every_release
def test_the_job_that_raises_is_mailed_for_its_message_and_for_its_error(
    site: DevServer, sink: SmtpSink
) -> None:
    assert "Called test_raise_exception log" in text_of(
        sink.wait_for("critical message of test.test_raise_exception")
    )
    assert "Exception: Called test_raise_exception exc" in text_of(
        sink.wait_for("test.test_raise_exception failed")
    )


def test_a_job_that_fails_every_two_seconds_is_mailed_once(site: DevServer, sink: SmtpSink) -> None:
    job = "readme_jobs.fails by default"
    until(lambda: lines(site, job).count("ERROR after") >= 4, "four failures", 60)
    assert len(sink.about(f"{job} failed")) == 1
    assert len(sink.about("critical message of readme_jobs.levels")) == 1
    assert all_are_plain(sink.mails)


def all_are_plain(mails: list[EmailMessage]) -> bool:
    return all(mail["To"] == "operator@example.com" and "\n" not in mail["Subject"] for mail in mails)


@every_release
def test_the_backup_is_made_as_far_as_it_can_be(site: DevServer) -> None:
    found = wait_for_line(site, "postgres_db_backup.run fast", r"Wrote (\S+)", 60)
    assert Path(found[1]).stat().st_size > 10_000
    wait_for_line(site, "postgres_db_backup.run fast", "ERROR after .*no section 'data db'", 60)


def test_the_heartbeat_of_the_first_example_is_seen_within_a_minute(site: DevServer) -> None:
    heartbeat = r"\[test.heartbeat\] heartbeat=\d\d\.\d\d\.\d{4} \d\d\.\d\d\.\d\d$"
    site.wait_for_log(heartbeat, 90)
    site.wait_for_log(r"\[test.heartbeat\] ENDED")
    minutely = (
        "test.test_arbitrary_params",
        "docassemble.demo.gettime.get_time",
        "test.heartbeat contextmanager",
    )
    for name in minutely:
        site.wait_for_log(rf"\[{re.escape(name)}\] ENDED")
    late = re.findall(r"\[test.heartbeat\] STARTED due \S+:00[+-]\d\d:\d\d, ([\d.]+) s late", site.read_log())
    assert late  # how late a job is on an idle server is in test_on_time.py


def test_an_error_handler_for_all_jobs_overrides_their_own_and_levels_are_read_in_any_case(
    site: DevServer, sink: SmtpSink
) -> None:
    site.configure(
        {
            "mail": sink.directive,
            "error notification email": "operator@example.com",
            "scheduler": {
                "log level": "WaRnInG",
                "error handler": "readme_jobs.tells_all",
                "readme_jobs.fails own": {"seconds": 1, "error handler": "readme_jobs.fails_too"},
                "readme_jobs.fails none": {"type": "interval", "seconds": 1},
                "readme_jobs.levels": {"seconds": 1},
            },
        }
    )
    before = len(site.read_log())
    site.reload()
    for name in ("own", "none"):
        found = site.wait_for_log(rf"\[readme_jobs.fails {name}\] handled (.*)$", 60, start=before)
        assert json.loads(found[1])["error_handler"] == "readme_jobs.tells_all"
    site.wait_for_log(r"CRITICAL \[readme_jobs.levels\] Hello World", 60, start=before)
    after = site.read_log()[before:]
    # what the old worker had still to say ends with the reload
    new = after[after.index("readme_jobs.fails own") :]
    assert {line.split()[2] for line in new.splitlines()} <= {"WARNING", "ERROR", "CRITICAL"}
    assert not sink.about("readme_jobs.fails own")
    assert not sink.about("readme_jobs.fails none")
