"""The pages of a job and of a run."""

from dataclasses import replace

import pytest

from docassemble.Scheduler.core.job import Overlap
from docassemble.Scheduler.core.run import Due, Status, Trigger
from docassemble.Scheduler.store.records import Event, RunRecord
from docassemble.Scheduler.web.dashboard.presentation import can_retry, can_stop, coded, remark
from tests.unit.web.views import HOUR, MINUTE, NOON, bar, job_html, state

RECORD = RunRecord(
    id="0" * 32,
    job="a.job",
    due=NOON - HOUR,
    attempt=2,
    status=Status.FAILED,
    trigger=Trigger.RETRY,
    process="7",
    server="server-1",
    claimed=NOON - HOUR,
    started=NOON - HOUR + MINUTE,
    finished=NOON - HOUR + 3 * MINUTE,
    error="ValueError: no",
    traceback="Traceback ...",
    log="a line",
)


def test_a_run_is_told_in_words():
    html = job_html(state(), runs=[RECORD])
    assert ">Mar 2, 2026, 12:00:00</a>" in html
    assert ">failed</span>" in html
    assert "1 min after it was due" in html
    assert '<td data-label="Took">2 min</td>' in html
    assert "retry, attempt 2, server-1" in html
    assert '<div class="sch-remark">ValueError: no</div>' in html


@pytest.mark.parametrize(
    ("changes", "is_stopped", "is_retried"),
    [
        ({}, False, True),
        ({"retry_at": NOON}, False, False),
        ({"retried": "1" * 32}, False, False),
        ({"status": Status.RUNNING}, True, False),
        ({"status": Status.RUNNING, "stop": "BY_HAND"}, False, False),
        ({"status": Status.SUCCEEDED}, False, False),
        ({"status": Status.SKIPPED}, False, False),
        ({"status": Status.INTERRUPTED}, False, True),
        ({"status": Status.STOPPED}, False, True),
    ],
)
def test_only_what_makes_sense_can_be_pressed(changes, is_stopped, is_retried):
    run = replace(RECORD, **changes)
    assert (can_stop(run), can_retry(run)) == (is_stopped, is_retried)
    html = job_html(state(), runs=[run])
    assert ('name="action" value="stop"' in html) is is_stopped
    assert ('name="action" value="retry"' in html) is is_retried


def test_a_run_that_is_asked_to_stop_or_waits_for_a_process_says_so():
    stopping = replace(RECORD, status=Status.RUNNING, stop="BY_HAND")
    assert remark(stopping) == "asked to stop"
    handed = replace(RECORD, status=Status.RUNNING, process=None, expires=NOON)
    assert remark(handed).startswith("waits")


@pytest.mark.parametrize("older", [None, "1" * 32])
def test_there_is_a_link_to_older_runs_where_there_are_any(older):
    html = job_html(state(), runs=[RECORD], older=older)
    assert (">Older</a>" in html) is (older is not None)
    assert older is None or older in html


@pytest.mark.parametrize(
    ("current", "buttons"),
    [
        (state("a.job", [bar()]), (True, True, False)),
        (state("a.job", paused=True), (True, False, True)),
        (state("a.job", enabled=False), (False, True, False)),
    ],
)
def test_the_buttons_fit_the_status_of_the_job(current, buttons):
    html = job_html(current)
    assert (
        tuple(f'name="action" value="{action}"' in html for action in ("run", "pause", "resume")) == buttons
    )


def test_the_page_tells_the_configuration_who_did_what_and_what_comes():
    event = Event(id="1", at=NOON - MINUTE, actor="admin@example.com", action="pause", job="a.job")
    current = state("a.job", overlap=Overlap.QUEUE, retries=3, max_runtime=HOUR)
    html = job_html(current, events=[event], upcoming=[Due(current.job, NOON + HOUR)])
    assert '<dt><code>max runtime</code></dt><dd><span translate="no">1 hour</span><div' in html
    assert "pause by admin@example.com <time" in html
    assert ">1 minute ago</span>" in html
    assert html.count(">in 1 hour</span>") == 2  # beside `Next run`, too


def test_what_stands_between_backticks_is_shown_as_it_stands_in_a_file():
    assert coded("Write `every: 5 minutes`, not `<b>`.") == (
        "Write <code>every: 5 minutes</code>, not <code>&lt;b&gt;</code>."
    )
    assert coded("a lone ` and <i>") == "a lone ` and &lt;i&gt;"
