"""The page of a run: as it goes, and what became of it."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from docassemble.Scheduler.core.progress import Progress
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.web.dashboard.runs.run_page import ShownRun
from tests.unit.web.test_presentation import RECORD
from tests.unit.web.views import HOUR, MINUTE, NOON, rendered

SECOND = timedelta(seconds=1)
TRACEBACK = 'Traceback (most recent call last):\n  File "cases.py", line 3, in copy\nValueError: no'
FAILED = replace(RECORD, traceback=TRACEBACK)
HALF = Progress(done=1_250, total=5_000, text="cases <copied>", at=NOON)
RUNNING = replace(
    RECORD,
    status=Status.RUNNING,
    started=NOON - MINUTE,
    finished=None,
    error=None,
    traceback=None,
    progress=HALF,
    pid=4711,
    thread="scheduler-job-2",
)


def page(run=FAILED, **fields):
    return rendered("run", run=run, page=ShownRun(run=run, **fields))


def test_a_failure_shows_its_error_once_and_above_the_traceback():
    html = page()
    assert html.count("ValueError: no") == 1
    assert html.index("ValueError: no") < html.index("in copy </pre>")
    assert 'data-copy="sch-traceback sch-error sch-error-rest"' in html
    assert ">a line</pre>" in html


def test_what_is_copied_is_the_whole_traceback():
    made = ShownRun(run=FAILED)
    assert made.traceback + "".join(made.error) == TRACEBACK


def test_of_an_error_that_the_traceback_does_not_end_with_the_traceback_is_copied_alone():
    noted = replace(FAILED, traceback=f"{TRACEBACK}\nA note")
    assert ShownRun(run=noted).traceback == noted.traceback
    assert 'data-copy="sch-traceback"' in page(noted)


@pytest.mark.parametrize("error", ["ValueError: " + "x" * 1_900, "ValueError: " + "no\n" * 300])
def test_a_long_error_is_folded_and_says_so(error):
    head, rest = ShownRun(run=replace(FAILED, error=error)).error
    assert head + rest == error.rstrip()
    assert len(head) <= 400
    assert head.count("\n") <= 4
    html = page(replace(FAILED, error=error))
    assert "Show all of it</span></summary>" in html


def test_a_short_error_is_not_folded():
    assert ShownRun(run=FAILED).error == ("ValueError: no", "")
    assert "<details" not in page()


@pytest.mark.parametrize(
    ("result", "shown", "is_structured"),
    [
        (None, None, False),
        ('"1 sessions"', "1 sessions", False),
        ("12", "12", False),
        ("true", "true", False),
        ("<object at 0x7f>", "<object at 0x7f>", False),
        ("[]", "[]", False),
        ('{"hearings": 12}', '{\n  "hearings": 12\n}', True),
        ("[1, 2]", "[\n  1,\n  2\n]", True),
        ('["\\ud800"]', '[\n  "\\ud800"\n]', True),
        ("[" * 900, "[" * 900, False),
    ],
    ids=range(10),
)
def test_a_result_is_shown_as_what_it_is(result, shown, is_structured):
    made = ShownRun(run=replace(RECORD, result=result))
    assert (made.result, made.is_structured) == (shown, is_structured)
    page(made.run).encode()


def test_a_deep_result_is_laid_out_within_limits():
    deep = json.dumps(json.loads("[" * 300 + "]" * 300))
    assert len(ShownRun(run=replace(RECORD, result=deep)).result) <= 20_000


def test_a_run_that_goes_on_shows_how_far_it_is_where_and_for_how_long():
    html = page(RUNNING, usual=40 * SECOND)
    assert '<progress max="1" value="0.25" aria-label="Progress">' in html
    assert "1,250 of 5,000 (25%)" in html
    assert "cases &lt;copied&gt;" in html
    assert "<dt>Running for</dt><dd>1 min</dd>" in html
    assert "<dt>Usually takes</dt><dd>40 s</dd>" in html
    assert "<dt>Process and thread</dt><dd>4711, scheduler-job-2</dd>" in html
    assert 'data-every="2"' in html
    assert "<dt>Ended</dt>" not in html


def test_without_a_total_there_is_a_bar_that_moves_and_only_while_it_runs():
    counting = replace(RUNNING, progress=replace(HALF, total=None, done=2.5))
    assert '<progress aria-label="Progress">2.5</progress>' in page(counting)
    ended = replace(counting, status=Status.INTERRUPTED, finished=NOON)
    assert "<progress" not in page(ended)


def test_the_last_progress_is_shown_unless_the_run_has_succeeded():
    assert "1,250 of 5,000" in page(replace(FAILED, progress=HALF))
    assert "1,250 of 5,000" not in page(replace(RECORD, status=Status.SUCCEEDED, progress=HALF))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "1 hour ago"),
        ({"process": None, "expires": NOON}, ">not yet"),
        ({"status": Status.MISSED}, ">not at all"),
    ],
)
def test_whether_a_run_has_started_is_told_as_it_is(changes, said):
    started = page(replace(RUNNING, started=None, claimed=NOON - HOUR, **changes)).partition("<dt>Started")[2]
    assert said in started.partition("</dd>")[0]


def test_its_log_is_followed_and_one_that_has_written_nothing_may_still_do_so():
    assert "data-follow" in page(RUNNING)
    assert "It has written nothing so far." in page(replace(RUNNING, log=None))
    assert "It wrote nothing." in page(replace(RECORD, log=None))


@pytest.mark.parametrize("may_look", [True, False])
def test_only_administrators_ask_where_it_is_and_see_the_answer(may_look):
    asked = replace(RUNNING, stack="in copy", stack_at=NOON, stack_wanted=NOON)
    html = page(asked, may_look=may_look)
    for text in ("Where is it now?", ">in copy</pre>", "Asked at Mar 2, 2026, 13:00:00."):
        assert (text in html) is may_look


def test_who_did_not_ask_sees_nothing_of_it():
    assert "Where it was" not in page(RUNNING, may_look=True)


@pytest.mark.parametrize("run", [FAILED, replace(RUNNING, stack="in copy", stack_at=NOON)])
def test_the_page_fits_a_strict_content_security_policy(run):
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", page(run, may_look=True))
