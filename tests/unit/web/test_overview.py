"""The overview: what needs a person comes first, and all of it is told in words."""

import re
from datetime import timedelta

import pytest

from docassemble.Scheduler.core.problem import Problem, Severity
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.store.records import ProcessRecord, ServerRecord, ThreadCounts
from docassemble.Scheduler.web.dashboard import presentation
from docassemble.Scheduler.web.dashboard.jobs.jobs_filter import Filter, SortKey
from docassemble.Scheduler.web.dashboard.jobs.overview import PAGE, overview
from tests.unit.web.views import HOUR, MINUTE, NOON, VIEWER, bar, overview_html, state


def problem(*path, severity=Severity.ERROR):
    return Problem(
        code="bad", path=("scheduler", *path), sentence="Wrong.", hint="Mend it.", severity=severity
    )


def page(states=(), *, wanted=None, problems=()):
    states = list(states)
    return overview(states, problems, wanted or Filter()).filled(
        lambda names: [each for each in states if each.name in names]
    )


def names_of(shown):
    return [row.name for row in shown.entries]


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
    row = overview_html(page([STATES[3]])).partition("<tbody data-key")[2].partition("</tbody>")[0]
    assert '<span class="sch-schedule">every hour</span>' in row
    assert (
        '<div class="sch-second">for <time datetime="2026-03-02T10:00:00+00:00" title="Mar 2, 2026, 11:00:00">'
        '<span class="sch-elapsed">2 hours</span></time></div>'
    ) in row
    assert moment("2026-03-02T11:00:00+00:00", "1 hour ago", "Mar 2, 2026, 12:00:00") in row
    assert '<div class="sch-second">failed</div>' in row
    assert '<td class="sch-of-took">1.0 s</td>' in row
    assert moment("2026-03-02T13:00:00+00:00", "in 1 hour", "Mar 2, 2026, 14:00:00") in row
    assert "33%" in row


def moment(iso, relative, exact):
    return f'<time datetime="{iso}" title="{exact}"><span class="sch-relative">{relative}</span></time>'


def buttons(state):
    return re.findall(r'name="one" value="([^"]*)"', overview_html(page([state])))


def test_a_row_has_the_buttons_that_make_sense():
    assert buttons(state("a.b")) == ["run a.b", "pause a.b"]
    assert buttons(state("a.b", [bar(MINUTE, None, Status.RUNNING)])) == ["run a.b", "stop a.b", "pause a.b"]
    assert buttons(state("a.b", paused=True)) == ["run a.b", "resume a.b"]
    assert buttons(state("a.b", paused="with all")) == ["run a.b", "pause a.b"]
    assert buttons(state("a.b", enabled=False)) == []


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
    assert '<code>scheduler → b.broken</code> <p><span lang="en">Wrong. <span' in html
    assert html.index('<li class="sch-error">') < html.index('<li class="sch-warning">')


SERVERS = Filter(view="servers")


def test_a_server_without_a_heartbeat_for_a_minute_is_silent():
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
    html = overview_html(page(wanted=SERVERS), servers)
    assert [html.count(word) for word in (">alive<", ">silent<", ">2 minutes ago<", ">1/3<")] == [1, 2, 1, 1]


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
    html = overview_html(page(wanted=SERVERS), servers)
    assert re.findall(r'<td data-label="Threads \w+">(\d+)</td>', html) == ["11", "2", "4"]


def test_the_page_looks_other_only_when_something_about_a_job_is_other():
    first = page(STATES)
    assert page(STATES).mark == first.mark
    for changed in (
        state("a.good", [bar(MINUTE), bar(HOUR)]),
        state("a.good", [bar()], paused=True),
        state("a.good", [bar(MINUTE, None, Status.RUNNING)]),
        state("a.good", [bar()], cursor=NOON + HOUR),
    ):
        assert page([changed, *STATES[1:]]).mark != first.mark
    assert page(STATES, problems=[problem("a.good", "x")]).mark != first.mark
    assert page(STATES, wanted=Filter(sort=SortKey.NAME)).mark != first.mark


# --- sorted and grouped ---------------------------------------------------------------------------

TIMES = [
    state("b.Two", [bar(2 * HOUR, took=timedelta(seconds=9)), bar(3 * HOUR, status=Status.FAILED)]),
    state("A.one", [bar(HOUR, took=timedelta(seconds=1))], cursor=NOON + HOUR),
    state("c.new", cursor=NOON + 2 * HOUR),
]


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["A.one", "b.Two", "c.new"]),
        ("-name", ["c.new", "b.Two", "A.one"]),
        ("next", ["b.Two", "A.one", "c.new"]),
        ("last", ["A.one", "b.Two", "c.new"]),
        ("-last", ["b.Two", "A.one", "c.new"]),
        ("duration", ["b.Two", "A.one", "c.new"]),
        ("success", ["b.Two", "A.one", "c.new"]),
        ("-success", ["A.one", "b.Two", "c.new"]),
        ("nonsense", ["b.Two", "A.one", "c.new"]),
    ],
)
def test_jobs_are_sorted_and_those_that_never_ran_come_last(sort, names):
    assert names_of(page(TIMES, wanted=Filter.of({"sort": sort}))) == names


def test_a_job_that_is_never_due_is_sorted_last():
    shown = page([state("a.off", enabled=False), *TIMES], wanted=Filter.of({"sort": "-next"}))
    assert names_of(shown) == ["c.new", "A.one", "b.Two", "a.off"]


def test_heads_of_columns_say_how_it_is_sorted():
    html = overview_html(page(TIMES, wanted=Filter.of({"sort": "-name"})))
    assert re.findall(r'class="sch-of-(\w+)" aria-sort="(\w+)ending"', html) == [("name", "desc")]
    assert html.count('aria-sort="none"') == 5


MIXED = [
    state("court.a", [bar()], tags=frozenset({"weekly", "filing"})),
    state("court.b", [FAILED]),
    state("alpha.c", [bar()], tags=frozenset({"weekly"})),
    state("nodot", [bar()]),
]


def test_jobs_are_grouped_by_what_stands_before_the_first_dot_and_the_worst_group_is_first():
    groups = page(MIXED, wanted=Filter(group="name")).groups
    assert [(group.name, [each.name for each in group.entries]) for group in groups] == [
        ("court", ["court.b", "court.a"]),
        ("alpha", ["alpha.c"]),
        ("", ["nodot"]),
    ]
    assert [(badge.text, number) for badge, number in groups[0].counts] == [("failing", 1), ("ok", 1)]


def test_jobs_are_grouped_by_their_first_tag():
    groups = page(MIXED, wanted=Filter(group="tag", sort=SortKey.NAME)).groups
    assert [(group.name, [each.name for each in group.entries]) for group in groups] == [
        ("filing", ["court.a"]),
        ("weekly", ["alpha.c"]),
        ("", ["court.b", "nodot"]),
    ]


def test_jobs_are_found_by_a_tag():
    assert names_of(page(MIXED, wanted=Filter(tag="weekly"))) == ["court.a", "alpha.c"]
    assert page(MIXED).tags == ["filing", "weekly"]


def test_a_group_goes_on_the_next_page_and_tells_its_whole_number():
    states = [state(f"{'ab'[number % 2]}.n{number:03}") for number in range(PAGE + 20)]
    (second,) = page(states, wanted=Filter(group="name", sort=SortKey.NAME, page=2)).groups
    assert (second.name, len(second.entries), second.total) == ("b", 20, PAGE // 2 + 10)


def test_names_of_groups_stay_text():
    harm = "<script>.x"
    html = overview_html(page([state(harm, tags=frozenset({"<b>"}))], wanted=Filter(group="name")))
    assert "<script>" not in html
    assert "<b>" not in html


def test_an_address_keeps_what_differs_from_the_default():
    given = {"q": "a b", "state": "ok", "sort": "-last", "group": "tag", "view": "timeline", "page": "3"}
    assert Filter.of(given).args == given
    assert Filter.of({"sort": "need", "view": "jobs", "page": "1", "state": "odd", "group": "x"}).args == {}
    assert Filter.of(given).but(status="") == {
        key: value for key, value in given.items() if key not in {"state", "page"}
    }


# --- the timeline ---------------------------------------------------------------------------------


def test_the_timeline_has_all_jobs_of_the_page_and_links_to_runs():
    shown = page(MIXED, wanted=Filter(view="timeline"))
    html = overview_html(shown, runs=[bar(HOUR, name="court.a")])
    assert html.count('<th scope="row">') == len(MIXED)
    assert (
        'href="/court.a/02110000" tabindex="-1" aria-label="succeeded, Mar 2, 2026, 12:00:00, 1.0 s"' in html
    )


def test_a_thousand_jobs_are_shown_quickly():
    import time

    states = [
        state(f"a.n{number:04}", [bar(timedelta(minutes=each)) for each in range(1, 21)])
        for number in range(1000)
    ]
    began = time.process_time()
    shown = page(states)
    assert shown.total == 1000
    assert "a.n0199" in overview_html(shown)
    assert time.process_time() - began < 2
