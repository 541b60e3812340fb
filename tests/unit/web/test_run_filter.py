"""What the page of all runs is asked for: read from its address, and written into its links."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.store.records import FAILURES, RunQuery
from docassemble.Scheduler.web.dashboard.runs.run_filter import MAX_TEXT, PAGE, RunFilter
from tests.unit.web.views import NOON, VIEWER

ID = "019aa7b2c1d04f0f8a51c3ce3a9b7e21"


def read(**given):
    """Read parameters; several values of one are a list."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    return RunFilter.read(lists, VIEWER)


def test_an_address_without_parameters_wants_all_runs():
    wanted = read()
    assert (wanted.query, wanted.grouped, wanted.mistakes) == (RunQuery(limit=PAGE), False, ())
    assert (wanted.parameters, wanted.is_narrow, wanted.is_live) == ({}, False, True)


def test_what_a_form_sends_empty_is_not_asked_for():
    assert read(job="", status="", trigger=" ", since="", q="  ", group="").query == RunQuery(limit=PAGE)


def test_all_parameters_are_read_and_written_again():
    wanted = read(
        job="a.job",
        status=["failed", "timed out"],
        trigger="retry",
        server="web-1",
        since="2026-03-01T14:30",
        until="2026-03-02",
        zone="America/New_York",
        q="no case",
        error="ValueError: #",
        before=ID,
        group="error",
    )
    new_york = ZoneInfo("America/New_York")
    assert wanted.query == RunQuery(
        job="a.job",
        statuses=(Status.FAILED, Status.TIMED_OUT),
        trigger=Trigger.RETRY,
        server="web-1",
        since=datetime(2026, 3, 1, 14, 30, tzinfo=new_york),
        until=datetime(2026, 3, 2, tzinfo=new_york),
        text="no case",
        error="ValueError: #",
        before=ID,
        limit=PAGE,
    )
    again = read(**wanted.parameters)
    assert again == wanted
    assert again.grouped


def test_times_without_a_zone_are_those_of_who_looks():
    assert read(since="2026-03-02 13:00").query.since == NOON
    assert read(since="2026-03-02T12:00:00Z").query.since == NOON


def test_who_looks_from_another_zone_sees_the_same_runs_with_their_own_times():
    shown = read(since="2026-03-02T07:00", zone="America/New_York").of(VIEWER)
    assert shown.parameters == {"since": "2026-03-02T13:00", "zone": "Europe/Berlin"}
    assert read(**shown.parameters).query.since == NOON


@pytest.mark.parametrize("seconds", [0, 7, 7.25])
def test_a_time_in_a_link_is_exact_to_the_millisecond(seconds):
    at = datetime.fromtimestamp(NOON.timestamp() + seconds, timezone.utc)
    assert read(since=read().local(at)).query.since == at


def test_several_statuses_may_stand_in_one_value():
    assert set(read(status="failed,interrupted, timed out").query.statuses) == FAILURES
    assert read(status="failed,interrupted,timed out").is_of_failures


def test_a_link_begins_with_the_newest_and_changes_what_it_says():
    wanted = read(job="a.job", status="failed", before=ID)
    assert wanted.link() == {"job": "a.job", "status": ["failed"]}
    assert wanted.link(job=None, before="x") == {"status": ["failed"], "before": "x"}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("status", "lost", "There is no status"),
        ("trigger", "luck", "There is no trigger"),
        ("since", "yesterday", "not a date and time"),
        ("until", "2026-02-30", "not a date and time"),
        ("since", "0001-01-01", "too long ago"),
        ("until", "9999-12-31T23:59:59-12:00", "too long ago or too far ahead"),
        ("zone", "Europe/Atlantis", "no time zone"),
        ("zone", "../../etc/passwd", "no time zone"),
        ("zone", "Europe", "no time zone"),
        ("zone", "a\0b", "no time zone"),
        ("zone", "x" * 100_000, "no time zone"),
        ("before", "<script>", "not the identifier"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_value(name, value, said):
    wanted = read(**{name: value})
    (mistake,) = wanted.mistakes
    assert said in str(mistake)
    assert dict(mistake.values)["value"] == value[:MAX_TEXT]
    assert str(mistake).format(value=dict(mistake.values)["value"])
    assert not wanted.is_live


@pytest.mark.parametrize(
    ("given", "is_live"),
    [
        ({"job": "a.job", "status": "failed"}, True),
        ({"q": "x"}, False),
        ({"before": ID}, False),
        ({"group": "error"}, False),
    ],
)
def test_only_the_newest_of_what_is_quickly_found_is_brought_up_to_date(given, is_live):
    assert read(**given).is_live is is_live
