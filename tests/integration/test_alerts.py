"""Mails, pings and handlers: who hears of what, how often, and that nobody waits for them."""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from uuid import UUID

import pytest

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.http_sink import HttpSink, hanging_server
from tests.integration.json_client import API, JsonClient
from tests.integration.notes import TOP_LEVEL
from tests.integration.smtp_sink import SmtpSink, part_about, text_of

#: what the job's variable `password` holds
SECRET = "correct-horse-battery"
OPERATOR = "ops@example.com"


@pytest.fixture(scope="module")
def mails() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def monitor() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, mails: SmtpSink, monitor: HttpSink) -> DevServer:
    """A docassemble whose jobs fail in many ways."""
    jobs = {
        "fails by default": {"seconds": 1},
        "fails_twice": {"seconds": 1},
        "fails handled": {"seconds": 1, "error handler": "noticed.handler"},
        "fails retried": {"seconds": 4, "retries": 1, "retry delay": 1, "on exit": "noticed.report"},
        "works pinged": {"seconds": 2, "monitor": f"{monitor.url}/works?create=1"},
        "fails pinged": {"seconds": 2, "monitor": f"{monitor.url}/fails"},
        "fails pinged retried": {
            "seconds": 6,
            "retries": 1,
            "retry delay": 1,
            "monitor": f"{monitor.url}/retried",
        },
        "lasts late": {"seconds": 2, "args": [5], "overlap": "queue", "check-in margin": 1},
        "lasts too long": {"seconds": 3, "args": [60], "max runtime": 1, "error handler": "noticed.handler"},
    }
    return start_devserver(configuration(mails.directive, jobs), pythonpath=[TOP_LEVEL])


def configuration(
    mail: dict[str, object], jobs: dict[str, dict[str, object]], after: int = 2
) -> dict[str, object]:
    notify = {"email": OPERATOR, "after": f"{after} failures", "every": "5 seconds", "variables": True}
    named = {f"noticed.{name}": keys for name, keys in jobs.items()}
    return {
        "mail": mail,
        "error notification email": "somebody.else@example.com",
        "scheduler": {"concurrency": 5, "notify": notify, **named},
    }


def lines(site: DevServer, job: str, pattern: str) -> list[str]:
    """What the log has of one job: the rest of each line that begins like this."""
    return re.findall(rf" \[noticed\.{re.escape(job)}\] ({pattern}.*)$", site.read_log(), re.MULTILINE)


def wait_for_lines(site: DevServer, job: str, pattern: str, count: int) -> None:
    until(lambda: len(lines(site, job, pattern)) >= count, f"{count} lines {pattern!r} of {job}", 60)


def test_the_first_mail_waits_for_two_failures_and_goes_to_whom_the_setting_names(
    site: DevServer, mails: SmtpSink
) -> None:
    mail = mails.wait_for("noticed.fails by default failed: ValueError")
    assert mail["To"] == OPERATOR
    text = part_about(mail, "noticed.fails by default")
    assert "Failures since the last message: 2\n" in text
    assert "Error: ValueError: ('no such case', 9, 21)\n" in text


def test_the_variables_are_in_the_mail_and_only_there_and_secrets_are_masked(
    site: DevServer, mails: SmtpSink
) -> None:
    text = part_about(mails.wait_for("noticed.fails by default failed"), "noticed.fails by default")
    assert "client = 'Ms. Smith'" in text
    assert "password = (masked)" in text
    assert not [mail for mail in mails.mails if SECRET in text_of(mail)]
    assert "Ms. Smith" not in site.read_log().replace('client = "Ms. Smith"', "")


def still_failing(mail: EmailMessage) -> str:
    """The first part that says so: a digest may have several of one job."""
    return next(
        part for part in text_of(mail).split("-" * 72)[1:] or [text_of(mail)] if "is still failing" in part
    )


def test_a_job_that_keeps_failing_is_mailed_again_after_a_while_with_the_count(
    site: DevServer, mails: SmtpSink
) -> None:
    mail = mails.wait_for("noticed.fails by default is still failing: ValueError")
    count = re.search(r"Failures since the last message: (\d+)\n", still_failing(mail))
    assert count is not None
    assert 4 <= int(count[1]) <= 7


def test_a_job_that_works_again_is_mailed(site: DevServer, mails: SmtpSink) -> None:
    mails.wait_for("noticed.fails_twice works again")
    assert len(mails.about("noticed.fails_twice failed: TimeoutError")) == 1


def test_an_error_handler_sees_every_failure_and_nothing_is_mailed(site: DevServer, mails: SmtpSink) -> None:
    until(lambda: len(lines(site, "fails handled", "handled")) >= 4, "four calls of the handler", 60)
    said = lines(site, "fails handled", "(?:ERROR|handled)")
    assert [line.split()[0] for line in said[:8]] == ["ERROR", "handled"] * 4
    assert not mails.about("noticed.fails handled")


def test_an_error_handler_sees_a_run_that_timed_out(site: DevServer, mails: SmtpSink) -> None:
    until(lambda: lines(site, "lasts too long", "handled JobTimeout"), "a handled timeout", 60)
    assert lines(site, "lasts too long", "TIMED OUT")
    assert not mails.about("noticed.lasts too long")


def test_the_attempts_of_a_due_time_are_one_failure_and_on_exit_sees_each(
    site: DevServer, mails: SmtpSink
) -> None:
    text = part_about(mails.wait_for("noticed.fails retried failed"), "noticed.fails retried")
    assert "Attempts: 2\n" in text
    assert "Failures since the last message: 2\n" in text
    exits = [line for line in lines(site, "fails retried", "exited") if "interrupted" not in line]
    assert (
        exits[:4]
        == [
            "exited failed, attempt 1, again",
            "exited failed, attempt 2, final",
        ]
        * 2
    )


def test_a_late_start_is_a_warning_and_a_mail(site: DevServer, mails: SmtpSink) -> None:
    mail = mails.wait_for("noticed.lasts late started late")
    assert "Check-in margin: 1.000 s\n" in part_about(mail, "noticed.lasts late")
    site.wait_for_log(r"WARNING \[noticed.lasts late\] LATE due \S+, started [\d.]+ s later")


def test_a_monitor_is_pinged_at_the_start_and_end_of_each_run_with_the_identifier_of_the_run(
    site: DevServer, monitor: HttpSink
) -> None:
    until(lambda: len(monitor.below("/works")) >= 4, "two runs on the monitor", 60)
    requests = monitor.below("/works")[:4]
    assert [request.path for request in requests] == ["/works/start", "/works"] * 2
    assert all(request.query["create"] == ["1"] for request in requests)
    rids = [UUID(request.query["rid"][0]) for request in requests]
    assert rids[0] == rids[1] != rids[2] == rids[3]


def test_a_monitor_is_told_of_a_failure_and_why_without_a_traceback(
    site: DevServer, monitor: HttpSink
) -> None:
    until(lambda: len(monitor.below("/fails")) >= 2, "a failure on the monitor", 60)
    start, end = monitor.below("/fails")[:2]
    assert (start.path, end.path) == ("/fails/start", "/fails/fail")
    assert end.body == "ValueError: ('no such case', 9, 21)"
    assert start.query["rid"] == end.query["rid"]


def test_a_monitor_is_told_of_a_failure_after_the_last_attempt_only(
    site: DevServer, monitor: HttpSink
) -> None:
    until(lambda: len(monitor.below("/retried")) >= 3, "a failure on the monitor", 60)
    requests = monitor.below("/retried")[:3]
    assert [request.path for request in requests] == ["/retried/start", "/retried/start", "/retried/fail"]
    assert requests[1].query["rid"] == requests[2].query["rid"]


def test_servers_that_hang_hold_nobody_up(site: DevServer, mails: SmtpSink, monitor: HttpSink) -> None:
    api = JsonClient(server=site)
    failing = [f"fails {number}" for number in range(4)]
    with mails.hanging(), hanging_server() as http:
        hung = {"seconds": 1, "monitor": f"http://127.0.0.1:{http}/secret-of-the-monitor"}
        api.add("noticed.works hung", function="noticed.works", **hung)
        for job in failing:
            api.add(f"noticed.{job}", function="noticed.fails", seconds=1)
        for job in failing:
            wait_for_lines(site, job, "STARTED", 5)
        wait_for_lines(site, "works hung", "ENDED", 5)
        pattern = (
            r"WARNING \[noticed.works hung\] The monitor at 127.0.0.1:\d+ cannot be pinged: .* not answered"
        )
        site.wait_for_log(pattern)
        assert "secret-of-the-monitor" not in site.read_log()
        for job in ("works hung", *failing):
            api.ask("DELETE", f"{API}/job", params={"name": f"noticed.{job}"})
        dying = {"seconds": 2, "args": [600], "max runtime": 5, "monitor": f"{monitor.url}/dies"}
        jobs: dict[str, dict[str, object]] = {"lasts dying": dying, "fails by default": {"seconds": 1}}
        site.configure(configuration(mails.directive, jobs, after=1))
        site.reload()
    site.wait_for_log(r"ERROR The mail '.*' could not be sent within 2 s", 60)


def test_a_run_whose_process_died_is_mailed_and_told_to_its_monitor(
    site: DevServer, mails: SmtpSink, monitor: HttpSink
) -> None:
    until(lambda: lines(site, "lasts dying", "STARTED"), "a long run", 60)
    site.kill_worker()
    text = part_about(mails.wait_for("noticed.lasts dying was interrupted"), "noticed.lasts dying")
    assert text.lstrip().startswith("noticed.lasts dying was interrupted: its process died\n")
    assert "Traceback" not in text
    until(lambda: [r for r in monitor.below("/dies") if r.path == "/dies/fail"], "a ping for the dead", 60)


def test_what_was_counted_survives_restarts_and_killed_processes(site: DevServer, mails: SmtpSink) -> None:
    until(lambda: len(lines(site, "fails by default", "ERROR")) >= 10, "more failures", 60)
    assert len(mails.about("noticed.fails by default failed")) == 1, "it has never worked since"
