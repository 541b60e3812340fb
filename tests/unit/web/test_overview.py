"""The overview: what needs a person comes first, and all of it is told in words."""

from datetime import timedelta

import pytest

from docassemble.Scheduler.core.problem import Problem, Severity
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.store.records import ProcessRecord, ServerRecord, ThreadCounts
from docassemble.Scheduler.web.dashboard import presentation
from docassemble.Scheduler.web.dashboard.overview import PAGE, Filter, overview
from tests.unit.web.views import HOUR, MINUTE, NOON, VIEWER, bar, overview_html, state


def problem(*path, severity=Severity.ERROR):
    return Problem(
        code="bad", path=("scheduler", *path), sentence="Wrong.", hint="Mend it.", severity=severity
    )


def page(states=(), *, wanted=None, problems=()):
    states = list(states)
    return overview(
        states,
        problems,
        wanted or Filter(),
        in_full=lambda names: [each for each in states if each.name in names],
    )


FAILED = bar(HOUR, status=Status.FAILED)
STATES = [
    state("a.good", [bar()]),
    state("a.disabled", enabled=False),
    state("a.paused", paused=True),
    state("a.failing", [FAILED, bar(2 * HOUR, status=Status.FAILED), bar(3 * HOUR)]),
    state("a.late", cursor=NOON - 2 * HOUR),
    state("a.running", [bar(MINUTE, None, Status.RUNNING)]),
]


def test_what_needs_a_person_comes_first():
    rows = page(STATES, problems=[problem("a.broken", "minute")]).entries
    assert [(row.name, row.badge.text) for row in rows] == [
        ("a.broken", "problem"),
        ("a.failing", "failing"),
        ("a.late", "late"),
        ("a.running", "running"),
        ("a.paused", "paused"),
        ("a.good", "ok"),
        ("a.disabled", "disabled"),
    ]


def test_a_row_tells_how_a_job_stands():
    row = overview_html(page([STATES[3]])).partition("<tbody>")[2].partition("</tbody>")[0]
    assert '<div class="sch-schedule">every hour</div>' in row
    assert f"since {moment('2026-03-02T10:00:00+00:00', '2 hours ago', '2026-03-02 11:00:00')}" in row
    assert moment("2026-03-02T11:00:00+00:00", "1 hour ago", "2026-03-02 12:00:00") in row
    assert "failed after 1.0 s" in row
    assert moment("2026-03-02T13:00:00+00:00", "in 1 hour", "2026-03-02 14:00:00") in row
    assert "33 % succeeded" in row


def moment(iso, relative, exact):
    return (
        f'<time datetime="{iso}"><span class="sch-relative">{relative}</span>'
        f' <span class="sch-exact">{exact}</span></time>'
    )


def test_a_success_rate_is_never_rounded_up_to_all():
    recent = [FAILED, *(bar(number * HOUR) for number in range(2, 21))]
    assert presentation.success(state("a.job", recent).record) == 95


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Filter(status="failing"), ["a.failing"]),
        (Filter(text="LATE"), ["a.late"]),
        (Filter(text="nothing like that"), []),
        (Filter(text="a.", status="ok"), ["a.good"]),
    ],
)
def test_jobs_are_found_by_state_and_by_a_part_of_the_name(wanted, names):
    assert [row.name for row in page(STATES, wanted=wanted).entries] == names


def test_a_job_is_found_by_its_description():
    found = page(
        [state("a.job", description="Sends reminders"), state("b.job")], wanted=Filter(text="remind")
    )
    assert [row.name for row in found.entries] == ["a.job"]


def test_all_are_counted_whatever_is_shown():
    shown = page(STATES, wanted=Filter(status="ok"))
    assert (shown.found, shown.total) == (1, 6)
    assert {badge.text: number for badge, number in shown.counts}["failing"] == 1


@pytest.mark.parametrize(("asked", "given"), [(1, 1), (3, 3), (9, 3), (0, 1)])
def test_many_jobs_are_on_several_pages(asked, given):
    shown = page([state(f"a.n{number:03}") for number in range(2 * PAGE + 1)], wanted=Filter(page=asked))
    assert (shown.filter.page, shown.pages) == (given, 3)
    assert len(shown.entries) == (1 if given == 3 else PAGE)


def test_problems_are_told_errors_first_and_counted_with_their_jobs():
    problems = [
        problem("a.good", "x", severity=Severity.WARNING),
        problem("b.broken"),
        problem("notify", "every"),
    ]
    shown = page([STATES[0]], problems=problems)
    assert [each.severity for each in shown.problems] == [Severity.ERROR, Severity.ERROR, Severity.WARNING]
    assert [(each.name, shown.problem_counts[each.name], each.state) for each in shown.entries] == [
        ("b.broken", 1, None),
        ("a.good", 1, STATES[0]),
    ]
    html = overview_html(shown)
    assert "<code>scheduler → b.broken</code> <p>Wrong. <span" in html
    assert html.index('<li class="sch-error">') < html.index('<li class="sch-warning">')


def test_a_server_without_a_sign_of_life_for_a_minute_is_not_well():
    servers = [
        ServerRecord(name="one", seen=NOON, processes=(ProcessRecord(id="1", pid=1, seen=NOON),)),
        ServerRecord(name="two", seen=NOON),
        ServerRecord(
            name="three",
            seen=NOON - 2 * MINUTE,
            processes=(ProcessRecord(id="3", pid=3, seen=NOON - 2 * MINUTE),),
        ),
    ]
    assert [VIEWER.is_well(server) for server in servers] == [True, False, False]
    html = overview_html(page(), servers)
    assert [html.count(word) for word in (">alive<", ">silent<", ">2 minutes ago<")] == [1, 2, 1]


def test_the_job_threads_of_a_server_are_those_of_all_its_processes():
    counts = [ThreadCounts(free=1, busy=2, stuck=3), None, ThreadCounts(free=10, stuck=1)]
    processes = [
        ProcessRecord(id=str(number), pid=1, seen=NOON, thread_counts=thread_counts)
        for number, thread_counts in enumerate(counts)
    ]
    servers = [
        ServerRecord(name="one", seen=NOON, processes=tuple(processes)),
        ServerRecord(name="two", seen=NOON, processes=(processes[1],)),
    ]
    assert [presentation.threads(server) for server in servers] == [
        ThreadCounts(free=11, busy=2, stuck=4),
        None,
    ]
    assert "job threads: 11 free, 2 busy, <strong>4 stuck</strong>" in overview_html(page(), servers)


def test_a_thousand_jobs_are_shown_quickly():
    import time

    states = [
        state(f"a.n{number:04}", [bar(timedelta(minutes=each)) for each in range(1, 21)])
        for number in range(1000)
    ]
    began = time.process_time()
    shown = page(states)
    assert shown.total == 1000
    assert "a.n0099" in overview_html(shown)
    assert time.process_time() - began < 2
