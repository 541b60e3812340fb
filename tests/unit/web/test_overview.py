"""The overview: what needs a person comes first, and all of it is told in words."""

from datetime import timedelta

import pytest
from views import HOUR, MINUTE, NOON, VIEWER, bar, state

from docassemble.Scheduler.core.manning import Manning
from docassemble.Scheduler.core.problem import Problem, Severity
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.store.records import ProcessRecord, ServerRecord
from docassemble.Scheduler.web.dashboard.overview import PAGE, Filter, overview


def problem(*path, severity=Severity.ERROR):
    return Problem(
        code="bad", path=("scheduler", *path), sentence="Wrong.", hint="Mend it.", severity=severity
    )


def page(states=(), *, wanted=None, servers=(), problems=()):
    states = list(states)
    return overview(
        states,
        in_full=lambda names: [each for each in states if each.name in names],
        bars=[],
        servers=servers,
        problems=problems,
        wanted=wanted or Filter(),
        viewer=VIEWER,
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
    rows = page(STATES, problems=[problem("a.broken", "minute")]).rows
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
    (row,) = page([STATES[3]]).rows
    assert row.schedule == "every hour"
    assert row.since is not None
    assert row.since.relative == "2 hours ago"
    assert row.last is not None
    assert (row.last.when.exact, row.last.duration, row.last.badge.text) == (
        "2026-03-02 12:00:00",
        "1.0 s",
        "failed",
    )
    assert row.next is not None
    assert (row.next.relative, row.next.exact) == ("in 1 hour", "2026-03-02 14:00:00")
    assert row.success == 33


def test_a_success_rate_is_never_rounded_up_to_all():
    (row,) = page([state("a.job", [FAILED, *(bar(number * HOUR) for number in range(2, 21))])]).rows
    assert row.success == 95


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Filter(standing="failing"), ["a.failing"]),
        (Filter(text="LATE"), ["a.late"]),
        (Filter(text="nothing like that"), []),
        (Filter(text="a.", standing="ok"), ["a.good"]),
    ],
)
def test_jobs_are_found_by_state_and_by_a_part_of_the_name(wanted, names):
    assert [row.name for row in page(STATES, wanted=wanted).rows] == names


def test_a_job_is_found_by_its_description():
    found = page(
        [state("a.job", description="Sends reminders"), state("b.job")], wanted=Filter(text="remind")
    )
    assert [row.name for row in found.rows] == ["a.job"]


def test_all_are_counted_whatever_is_shown():
    shown = page(STATES, wanted=Filter(standing="ok"))
    assert (shown.found, shown.total) == (1, 6)
    assert {count.badge.text: count.number for count in shown.counts}["failing"] == 1


@pytest.mark.parametrize(("asked", "given"), [(1, 1), (3, 3), (9, 3), (0, 1)])
def test_many_jobs_are_on_several_pages(asked, given):
    shown = page([state(f"a.n{number:03}") for number in range(2 * PAGE + 1)], wanted=Filter(page=asked))
    assert (shown.filter.page, shown.pages) == (given, 3)
    assert len(shown.rows) == (1 if given == 3 else PAGE)


def test_problems_are_told_errors_first_and_counted_with_their_jobs():
    problems = [
        problem("a.good", "x", severity=Severity.WARNING),
        problem("b.broken"),
        problem("notify", "every"),
    ]
    shown = page([STATES[0]], problems=problems)
    assert [trouble.is_error for trouble in shown.troubles] == [True, True, False]
    assert shown.troubles[0].where == "scheduler → b.broken"
    assert [(row.name, row.problems, row.exists) for row in shown.rows] == [
        ("b.broken", 1, False),
        ("a.good", 1, True),
    ]


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
    shown = page(servers=servers).servers
    assert [server.is_well for server in shown] == [True, False, False]
    assert shown[2].seen.relative == "2 minutes ago"


def test_the_job_threads_of_a_server_are_those_of_all_its_processes():
    mannings = [Manning(free=1, busy=2, stuck=3), None, Manning(free=10, stuck=1)]
    processes = [
        ProcessRecord(id=str(number), pid=1, seen=NOON, manning=manning)
        for number, manning in enumerate(mannings)
    ]
    servers = [
        ServerRecord(name="one", seen=NOON, processes=tuple(processes)),
        ServerRecord(name="two", seen=NOON, processes=(processes[1],)),
    ]
    assert [server.threads for server in page(servers=servers).servers] == [
        Manning(free=11, busy=2, stuck=4),
        None,
    ]


def test_a_thousand_jobs_are_shown_quickly():
    import time

    states = [
        state(f"a.n{number:04}", [bar(timedelta(minutes=each)) for each in range(1, 21)])
        for number in range(1000)
    ]
    began = time.process_time()
    assert page(states).total == 1000
    assert time.process_time() - began < 2
