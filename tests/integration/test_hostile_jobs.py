"""Jobs and names that once stopped all others: each stays a matter of its own, and a job of each second goes on.

The rows N1, N2, T1, T2, T3, R1 to R4 and A4 of the cases that failed; the unit tests have the harder variants.
"""

import re
from typing import Any

import pytest

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.notes import PYTHONPATH
from tests.integration.records import Tables

SECONDS = 60


def job(function: str, **keys: Any) -> dict[str, Any]:
    return {"function": f"site_jobs.hostile.{function}", "every": "2 seconds", **keys}


YEARLY = {"function": "test.heartbeat", "crontab": "0 0 1 1 *"}
#: names and locks that no database keeps -> the key that the problem is about
UNFIT = {f"long {'x' * 190}": "", "long lock": "lock", "NUL \0 in it": ""}
JOBS: dict[str, Any] = {
    "innocent": {"function": "test.heartbeat", "every": "1 second"},
    "handler": job("handle_badly"),
    "silence": job("silence"),
    "leaves": job("leave_context"),
    "finds": job("find_context", every="1 second"),
    "generator": job("generator"),
    "asynchronous generator": job("async_generator"),
    "future": job("failed_future"),
    "result": job("result"),
    "unnamed": job("unnamed_error"),
    "webhook": job("webhook", args=["http://127.0.0.1:1/services/T0k3n"]),
    "request": {
        "function": "http.request",
        "every": "2 seconds",
        "args": ["http://127.0.0.1:1/services/T0k3n"],
    },
    "monitor": {"function": "test.heartbeat", "every": "2 seconds", "monitor": "http://127.0.0.1:1/T0k3n"},
    "typo": {"function": "test.heartbeat", "every": "2 seconds", "monitr": "http://127.0.0.1:1/T0k3n"},
    "huge": job("huge_message", every="10 seconds"),
    **{name: {**YEARLY, "lock": "x" * 191 if key else "fits"} for name, key in UNFIT.items()},
    "case": YEARLY,
    "Case": YEARLY,
}


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer) -> DevServer:
    return start_devserver({"scheduler": JOBS}, pythonpath=[PYTHONPATH])


def lines(site: DevServer, job: str, pattern: str, count: int = 1) -> list[str]:
    """Wait for what the log has of a job."""
    expression = re.compile(rf" \[{job}\] ({pattern}.*)$", re.MULTILINE)
    return until(
        lambda: found if len(found := expression.findall(site.read_log())) >= count else [],
        f"{count} lines {pattern!r} of {job}",
        SECONDS,
    )


@pytest.mark.parametrize("name", UNFIT)
def test_a_name_that_no_database_keeps_is_a_problem_of_that_job(site: DevServer, name: str) -> None:
    site.wait_for_log(r"\[innocent\] ENDED", SECONDS)
    start = re.escape(f"scheduler -> {name[:50]}".replace("\0", r"\0"))
    assert re.search(rf"ERROR {start}.*\[not-storable\]$", site.read_log(), re.MULTILINE)


def test_names_that_differ_by_case_are_two_jobs(site: DevServer) -> None:
    lines(site, "innocent", "ENDED")
    assert {"case", "Case"} <= set(Tables(site.database_url).cursors())


def test_the_log_and_the_other_jobs_go_on_whatever_a_job_does_to_logging(site: DevServer) -> None:
    for name in ("handler", "silence"):
        lines(site, name, "ENDED", 3)
    ended = len(lines(site, "innocent", "ENDED"))
    lines(site, "innocent", "ENDED", ended + 5)


def test_every_run_begins_in_a_fresh_context(site: DevServer) -> None:
    lines(site, "leaves", "ENDED", 2)
    found = lines(site, "finds", "ENDED", 5)
    assert {line.partition("returned ")[2] for line in found} == {
        '["unset", "0.3333333333333333333333333333"]'
    }


@pytest.mark.parametrize("name", ["generator", "asynchronous generator"])
def test_a_generator_function_is_a_problem_and_its_runs_fail(site: DevServer, name: str) -> None:
    site.wait_for_log(rf"ERROR scheduler -> {name}: .*\[generator-function\]$", SECONDS)
    assert "none of its work was done" in lines(site, name, "ERROR")[0]


def test_work_that_failed_is_a_failure(site: DevServer) -> None:
    assert "ZeroDivisionError" in lines(site, "future", "ERROR")[0]


def test_a_result_is_kept_whole_as_json(site: DevServer) -> None:
    whole = '{"sent": 1, "failed": 2, "skipped": 3, "bounced": 4, "total": 10, "left": 11}'
    assert lines(site, "result", "ENDED")[0].endswith(f"returned {whole}")


@pytest.mark.parametrize("name", ["unnamed", "huge"])
def test_every_failure_is_on_record_within_limits(site: DevServer, name: str) -> None:
    tables = Tables(site.database_url)
    failed = "SELECT error, traceback FROM scheduler_run WHERE job = :job AND status = 'failed'"
    error, traceback = until(lambda: tables.query(failed, job=name), f"failed run of {name}", SECONDS)[0]
    assert error.startswith({"unnamed": "site_jobs.hostile.Unnamed: x", "huge": "ValueError: MMM"}[name])
    assert len(error) <= 2_000
    assert len(traceback) <= 50_000
    assert len(lines(site, name, "ERROR")[0]) < 100_000


def test_no_address_is_shown_whose_path_may_be_a_secret(site: DevServer) -> None:
    tables = Tables(site.database_url)
    failed = "SELECT error, traceback, log FROM scheduler_run WHERE job = :job AND status = 'failed'"
    for name in ("webhook", "request"):
        record = until(lambda name=name: tables.query(failed, job=name), f"failed run of {name}", SECONDS)[0]
        assert "http://127.0.0.1:1/..." in record[0]
        assert "T0k3n" not in str(record)
    site.wait_for_log(r"WARNING \[monitor\] The monitor at 127.0.0.1:1 cannot be pinged", SECONDS)
    assert lines(site, "webhook", "ERROR")
    assert lines(site, "request", "ERROR")
    assert "T0k3n" not in site.read_log()
