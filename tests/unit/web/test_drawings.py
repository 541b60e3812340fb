"""The sparkline of the last runs, and the timeline of the last and the next 24 hours."""

from datetime import timedelta

from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.web.dashboard.drawings import (
    HALF,
    HEIGHT,
    LABEL,
    LOWEST,
    ROWS,
    STEP,
    THINNEST,
    WIDTH,
    sparkline,
    timeline,
)
from tests.unit.web.views import HOUR, MINUTE, NOON, VIEWER, bar, state

DAY = timedelta(hours=24)


def test_the_newest_bar_is_on_the_right():
    drawn = sparkline([bar(MINUTE, status=Status.FAILED), bar(HOUR)], VIEWER)
    assert [each.tone for each in drawn.rectangles] == ["good", "bad"]
    assert drawn.rectangles[-1].x == drawn.width - STEP


def test_the_longest_is_the_highest_and_what_took_no_time_can_be_seen():
    drawn = sparkline(
        [bar(took=timedelta(0)), bar(took=timedelta(seconds=4)), bar(took=timedelta(seconds=1))], VIEWER
    )
    assert [each.height for each in drawn.rectangles] == [LOWEST + (HEIGHT - LOWEST) // 2, HEIGHT, LOWEST]
    assert all(each.y + each.height == HEIGHT for each in drawn.rectangles)


def test_a_run_that_goes_on_is_as_high_as_it_has_lasted():
    drawn = sparkline([bar(4 * MINUTE, None, Status.RUNNING), bar(HOUR, MINUTE)], VIEWER)
    assert [each.height for each in drawn.rectangles] == [14, HEIGHT]
    assert drawn.rectangles[1].title.endswith(", 4 min")


def test_what_did_not_run_is_low_and_has_no_duration():
    drawn = sparkline([bar(HOUR, HOUR, Status.SKIPPED), bar(2 * HOUR)], VIEWER)
    assert drawn.rectangles[1].height == LOWEST
    assert drawn.rectangles[1].title == "2026-03-02 12:00:00"


def test_it_counts_what_it_shows():
    drawn = sparkline([bar(), bar(HOUR), bar(2 * HOUR, status=Status.FAILED)], VIEWER)
    assert drawn.counts == [("succeeded", 2), ("failed", 1)]


def test_no_more_than_there_is_room_for():
    assert len(sparkline([bar(MINUTE * number) for number in range(1, 40)], VIEWER).rectangles) == 20
    assert sparkline([], VIEWER).rectangles == []


# --- the timeline ---------------------------------------------------------------------------------


def runs_of(*bars):
    return timeline([state()], bars, VIEWER).rows[0].rectangles


def test_now_is_in_the_middle_and_each_side_is_a_day():
    assert timeline([], [], VIEWER).now == LABEL + HALF
    assert [each.x for each in runs_of(bar(12 * HOUR), bar(DAY))] == [LABEL, LABEL + HALF / 2]


def test_a_bar_is_as_wide_as_its_run_was_long_and_never_too_thin():
    assert [each.width for each in runs_of(bar(12 * HOUR, 6 * HOUR))] == [HALF / 4]
    assert [each.width for each in runs_of(bar(12 * HOUR))] == [THINNEST]


def test_what_began_before_the_last_day_or_goes_on_is_cut_at_the_edges():
    (before,) = runs_of(bar(30 * HOUR, 18 * HOUR))
    assert (before.x, before.width) == (LABEL, HALF / 2)
    (now,) = runs_of(bar(12 * HOUR, None, Status.RUNNING))
    assert now.x + now.width == LABEL + HALF


def test_runs_that_would_cover_each_other_are_one_bar_with_their_number():
    (drawn,) = runs_of(*(bar(HOUR + MINUTE * number / 2) for number in range(5)))
    assert drawn.count == 5


def test_a_failure_is_not_merged_with_successes_and_is_drawn_last():
    drawn = runs_of(bar(HOUR, status=Status.FAILED), bar(HOUR), bar(HOUR + MINUTE))
    assert [(each.status, each.count) for each in drawn] == [("succeeded", 2), ("failed", 1)]


def test_due_times_of_the_next_day_are_marked():
    (row,) = timeline([state()], [], VIEWER).rows
    assert len(row.marks) == 24
    assert row.marks[-1] == WIDTH
    assert row.path.endswith(f"M{float(WIDTH)} 28v7")


def test_a_paused_job_is_not_due():
    (row,) = timeline([state(paused=True)], [], VIEWER).rows
    assert row.marks == []


def test_bars_of_jobs_that_are_not_shown_are_left_out():
    drawn = timeline([state(f"job.n{number}") for number in range(ROWS + 3)], [bar(name="gone.job")], VIEWER)
    assert (len(drawn.rows), drawn.left_out) == (ROWS, 3)
    assert all(row.rectangles == [] for row in drawn.rows)


def test_every_sixth_hour_of_the_viewer_has_a_line():
    ticks = timeline([], [], VIEWER).ticks
    assert [tick.text for tick in ticks] == ["18:00", "00:00", "06:00", "12:00"] * 2
    assert NOON.astimezone(VIEWER.zone).hour == 13
