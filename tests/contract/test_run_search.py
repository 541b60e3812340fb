"""Every store finds records by what is known of them, page by page, and failures to be grouped."""

from dataclasses import replace

import pytest
from minutely import MINUTE, NOON, SECOND, claim, every_minute, opened, outcome

from docassemble.Scheduler.core.errors import NotStorable
from docassemble.Scheduler.core.run import Status, Trigger, instant_of
from docassemble.Scheduler.store.records import RunQuery

#: more than there are
ALL = 1_000


def ran(store, minute, status=Status.SUCCEEDED, error=None, **fields):
    """Run the job in that minute; return the run."""
    run = claim(store, every_minute(), NOON + minute * MINUTE).run
    ended = outcome(status, run.claimed + SECOND, error=error, **fields)
    store.finish(run, ended)
    return run


@pytest.fixture
def full(world):
    """A store with six records, of the minutes 1 to 6."""
    store = opened(world, every_minute())
    ran(store, 1)
    ran(store, 2, Status.FAILED, ValueError("no case 17 of 100%"))
    ran(store, 3, Status.FAILED, ValueError("no case 18 of 100%"))
    ran(store, 4, log="Line one\nSent to Jörg_x at 100 per cent")
    ran(store, 5, Status.INTERRUPTED, reason="its process died")
    ran(store, 6, Status.STOPPED, reason="it was stopped by hand")
    return store


def minutes(runs):
    return [(run.due - NOON) // MINUTE for run in runs]


def found(store, window=ALL, **wanted):
    return minutes(store.page(RunQuery(**wanted), window).runs)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"since": NOON + 3 * MINUTE}, [6, 5, 4, 3]),
        ({"until": NOON + 3 * MINUTE}, [2, 1]),
        ({"since": NOON + 2 * MINUTE, "until": NOON + 3 * MINUTE}, [2]),
        ({"since": NOON + 3 * MINUTE, "statuses": {Status.FAILED, Status.STOPPED}}, [6, 3]),
        ({"since": NOON + 3 * MINUTE, "job": "no.such"}, []),
        ({"text": "no case"}, [3, 2]),
        ({"text": "NO CASE 17"}, [2]),
        ({"text": "died"}, [5]),
        ({"text": "to Jörg_x"}, [4]),
        ({"text": "100%"}, [3, 2]),
        ({"text": "%"}, [3, 2]),
        ({"text": "_"}, [4]),
        ({"text": "/"}, []),
        ({"text": "\\"}, []),
        ({"text": "no case", "until": NOON + 3 * MINUTE}, [2]),
        ({"text": "a", "statuses": {Status.INTERRUPTED, Status.FAILED}}, [3, 2]),
        ({"error": "ValueError: no case # of #%"}, [3, 2]),
        ({"error": "ValueError: no case #7 of"}, [2]),
        ({"error": "no case"}, []),
        ({"error": "its process"}, [5]),
        ({"trigger": Trigger.MANUAL}, []),
        ({"server": "server-one", "text": "hand"}, [6]),
    ],
)
def test_records_are_found_by_time_and_by_texts(full, wanted, expected):
    assert found(full, **wanted) == expected
    assert minutes(full.runs(RunQuery(**wanted))) == expected


def test_pages_follow_one_another_and_the_last_one_says_so(full):
    first = full.page(RunQuery(limit=4), ALL)
    assert (minutes(first.runs), first.before) == ([6, 5, 4, 3], first.runs[-1].id)
    last = full.page(RunQuery(limit=4, before=first.before), ALL)
    assert (minutes(last.runs), last.before) == ([2, 1], None)


def test_a_search_looks_at_so_many_records_and_says_where_it_ended(full):
    first = full.page(RunQuery(text="no case"), 3)
    assert minutes(first.runs) == []
    assert instant_of(first.before) == NOON + 4 * MINUTE
    second = full.page(RunQuery(text="no case", before=first.before), 3)
    assert minutes(second.runs) == [3, 2]
    rest = full.page(RunQuery(text="no case", before=second.before), 3)
    assert (rest.runs, rest.before) == ([], None)


def test_a_search_for_several_statuses_ends_where_that_of_one_of_them_does(full):
    wanted = RunQuery(statuses={Status.FAILED, Status.SUCCEEDED, Status.STOPPED}, text="no case")
    page = full.page(wanted, 2)
    assert (minutes(page.runs), instant_of(page.before)) == ([3, 2], NOON + 2 * MINUTE)
    rest = full.page(replace(wanted, before=page.before), 2)
    assert (minutes(rest.runs), rest.before) == ([], None)


def test_what_no_search_is_needed_for_is_found_however_far_away(full):
    assert found(full, window=1, statuses={Status.SUCCEEDED}) == [4, 1]


def test_failures_are_told_briefly_newest_first_with_what_was_said(full):
    told = full.failures(RunQuery(), ALL)
    assert [(each.job, each.status, each.error) for each in told.failures] == [
        ("a.b", Status.INTERRUPTED, "its process died"),
        ("a.b", Status.FAILED, "ValueError: no case 18 of 100%"),
        ("a.b", Status.FAILED, "ValueError: no case 17 of 100%"),
    ]
    assert told.before is None


def test_failures_can_be_narrowed_down_and_are_limited(full):
    only = full.failures(RunQuery(statuses={Status.FAILED, Status.SUCCEEDED}, text="18"), ALL)
    assert [each.error for each in only.failures] == ["ValueError: no case 18 of 100%"]
    newest = full.failures(RunQuery(statuses={Status.FAILED}), 1)
    assert [each.error for each in newest.failures] == ["ValueError: no case 18 of 100%"]
    assert newest.before == newest.failures[-1].id


def test_what_a_database_has_no_characters_for_is_said_to_be_so(latin1):
    store = opened(latin1, every_minute())
    with pytest.raises(NotStorable):
        store.page(RunQuery(text="\N{SNOWMAN}"), ALL)
