"""The timeline of the last and the next 24 hours."""

from datetime import datetime, timedelta, timezone

from docassemble.Scheduler.config import parse
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.management.status import JobState
from docassemble.Scheduler.web.dashboard.jobs.timeline import HALF, THINNEST, WIDTH, runs_of, timeline
from tests.unit.web.views import HOUR, MINUTE, NOON, VIEWER, bar, state

DAY = timedelta(hours=24)


def bars_of(*bars):
    return timeline([state()], bars, VIEWER).rows[0].bars


def test_now_is_in_the_middle_and_each_side_is_a_day():
    assert [each.x for each in bars_of(bar(12 * HOUR), bar(DAY))] == [0, HALF / 2]


def test_a_bar_is_as_wide_as_its_run_was_long_and_never_too_thin():
    assert [each.width for each in bars_of(bar(12 * HOUR, 6 * HOUR))] == [HALF / 4]
    assert [each.width for each in bars_of(bar(12 * HOUR))] == [THINNEST]


def test_what_began_before_the_last_day_or_goes_on_is_cut_at_the_edges():
    (before,) = bars_of(bar(30 * HOUR, 18 * HOUR))
    assert (before.x, before.width) == (0, HALF / 2)
    (now,) = bars_of(bar(12 * HOUR, None, Status.RUNNING))
    assert now.x + now.width == HALF


def test_runs_that_would_cover_each_other_are_one_bar_that_leads_to_all_of_them():
    (drawn,) = bars_of(*(bar(HOUR + MINUTE * number / 2) for number in range(5)))
    assert (drawn.records, drawn.count) == (5, 5)
    assert runs_of("a.job", drawn) == {
        "job": "a.job",
        "status": "succeeded",
        "since": "2026-03-02T10:57:00+00:00",
        "until": "2026-03-02T11:00:01+00:00",
    }


def test_one_record_of_many_due_times_is_still_one():
    (drawn,) = bars_of(bar(HOUR, status=Status.SKIPPED, count=7))
    assert (drawn.records, drawn.count) == (1, 7)


def test_a_failure_is_not_merged_with_successes_and_is_drawn_last():
    drawn = bars_of(bar(HOUR, status=Status.FAILED), bar(HOUR), bar(HOUR + MINUTE))
    assert [(each.status, each.count) for each in drawn] == [("succeeded", 2), ("failed", 1)]


def test_due_times_of_the_next_day_are_marked():
    (row,) = timeline([state()], [], VIEWER).rows
    assert len(row.marks) == 24
    assert row.marks[-1] == WIDTH
    assert row.path.endswith(f"M{float(WIDTH)} 6v7")
    assert row.bands == []


def due(crontab):
    block = {"a.job": {"crontab": crontab}}
    (job,) = parse(block, zone="Europe/Berlin", environ={}, now=NOON).jobs
    (row,) = timeline([JobState.of(job, None, None, NOON)], [], VIEWER).rows
    return row


def test_what_is_due_every_few_seconds_is_a_band_and_every_quarter_of_an_hour_are_marks():
    often = due("*/10 * * * * *")
    assert (often.marks, len(often.bands)) == ([], 1)
    assert (round(often.bands[0].x), round(often.bands[0].width)) == (HALF, HALF)
    assert len(due("*/15 * * * *").marks) == 96
    assert due("*/15 * * * *").bands == []


def test_each_time_of_the_day_in_which_it_is_often_due_has_a_band():
    row = due("* 15-16,21 * * *")
    hour = HALF / 24
    assert [(each.x, each.width) for each in row.bands] == [
        (HALF + 2 * hour, round(hour * 119 / 60, 1)),
        (HALF + 8 * hour, round(hour * 59 / 60, 1)),
    ]
    assert row.marks == []


def test_a_paused_job_is_not_due():
    (row,) = timeline([state(paused=True)], [], VIEWER).rows
    assert (row.marks, row.bands) == ([], [])


def test_every_job_that_is_shown_has_a_row_and_others_have_none():
    drawn = timeline([state(f"job.n{number}") for number in range(200)], [bar(name="gone.job")], VIEWER)
    assert len(drawn.rows) == 200
    assert all(row.bars == [] for row in drawn.rows)


def test_every_sixth_hour_of_the_viewer_has_a_line_and_midnight_is_named_by_its_day():
    drawn = timeline([], [], VIEWER)
    texts = [(tick.text, tick.is_day) for tick in drawn.ticks]
    today, tomorrow = (VIEWER.date(NOON + number * DAY) for number in (0, 1))
    hours = [("06:00", False), ("12:00", False), ("18:00", False)]
    assert texts == [hours[2], (today, True), *hours, (tomorrow, True), *hours[:2]]
    assert (drawn.first, drawn.last) == (VIEWER.date(NOON - DAY), tomorrow)
    assert NOON.astimezone(VIEWER.zone).hour == 13


def test_a_day_of_25_hours_has_its_midnights_where_they_are():
    before = datetime(2026, 10, 25, 10, tzinfo=timezone.utc)
    viewer = type(VIEWER)(now=before, zone=VIEWER.zone)
    days = [tick.x for tick in timeline([], [], viewer).ticks if tick.is_day]
    assert round((days[1] - days[0]) * 24 / HALF) == 25
