"""The pages of a job and of a run."""

from dataclasses import replace

import pytest
from views import HOUR, MINUTE, NOON, VIEWER, bar, state

from docassemble.Scheduler.core.job import Overlap
from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.store.records import Event, RunQuery, RunRecord
from docassemble.Scheduler.web.dashboard.job import PAGE, job_page
from docassemble.Scheduler.web.dashboard.run import run_page, run_row

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


def page(current=None, runs=(RECORD,), events=()):
    return job_page(
        current or state("a.job", [bar()]),
        runs=runs,
        query=RunQuery(job="a.job"),
        servers=["server-1"],
        upcoming=[NOON + HOUR],
        events=events,
        viewer=VIEWER,
    )


def test_a_run_is_told_in_words():
    row = run_row(RECORD, VIEWER)
    assert (row.due.exact, row.lateness, row.duration) == ("2026-03-02 12:00:00", "1 min", "2 min")
    assert (row.badge.text, row.trigger, row.attempt, row.server) == ("failed", "retry", 2, "server-1")
    assert row.remark == "ValueError: no"


@pytest.mark.parametrize(
    ("changes", "can_stop", "can_retry"),
    [
        ({}, False, True),
        ({"retry_at": NOON}, False, False),
        ({"retried": "1" * 32}, False, False),
        ({"status": Status.RUNNING}, True, False),
        ({"status": Status.RUNNING, "stop": "BY_HAND"}, False, False),
        ({"status": Status.SUCCEEDED}, False, False),
        ({"status": Status.SKIPPED}, False, False),
        ({"status": Status.INTERRUPTED}, False, True),
    ],
)
def test_only_what_makes_sense_can_be_pressed(changes, can_stop, can_retry):
    row = run_row(replace(RECORD, **changes), VIEWER)
    assert (row.can_stop, row.can_retry) == (can_stop, can_retry)


def test_a_run_that_is_asked_to_stop_or_waits_for_a_process_says_so():
    stopping = replace(RECORD, status=Status.RUNNING, stop="BY_HAND")
    assert run_row(stopping, VIEWER).remark == "asked to stop"
    handed = replace(RECORD, status=Status.RUNNING, process=None, expires=NOON)
    assert run_row(handed, VIEWER).remark.startswith("waits")


def test_the_page_of_a_run_has_everything():
    shown = run_page(RECORD, VIEWER)
    assert (shown.error, shown.traceback, shown.log) == ("ValueError: no", "Traceback ...", "a line")


@pytest.mark.parametrize(("number", "older"), [(PAGE, False), (PAGE + 1, True)])
def test_there_is_an_older_page_when_there_is_one_record_more(number, older):
    runs = [replace(RECORD, id=f"{99 - index:032}") for index in range(number)]
    shown = page(runs=runs)
    assert len(shown.runs) == PAGE
    assert shown.older == (runs[PAGE - 1].id if older else None)


@pytest.mark.parametrize(
    ("current", "buttons"),
    [
        (state("a.job", [bar()]), (True, True, False)),
        (state("a.job", paused=True), (True, False, True)),
        (state("a.job", enabled=False), (False, True, False)),
    ],
)
def test_the_buttons_fit_how_the_job_stands(current, buttons):
    shown = page(current)
    assert (shown.can_run, shown.can_pause, shown.can_resume) == buttons


def test_the_page_tells_the_configuration_who_did_what_and_what_comes():
    event = Event(id="1", at=NOON - MINUTE, actor="admin@example.com", action="pause", job="a.job")
    shown = page(state("a.job", overlap=Overlap.QUEUE, retries=3, max_runtime=HOUR), events=[event])
    assert dict(shown.facts) | {"overlap": "queue", "retries": "3", "max runtime": "1 hour"} == dict(
        shown.facts
    )
    assert [(each.who, each.what, each.when.relative) for each in shown.events] == [
        ("admin@example.com", "pause", "1 minute ago")
    ]
    assert [due.relative for due in shown.upcoming] == ["in 1 hour"]
