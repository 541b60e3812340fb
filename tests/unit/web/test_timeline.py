"""The timeline of the last and the next 24 hours."""

from datetime import timedelta

from views import HOUR, MINUTE, NOON, VIEWER, bar, state

from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.web.dashboard.timeline import HALF, LABEL, ROWS, THINNEST, WIDTH, timeline

DAY = timedelta(hours=24)


def pieces(*bars):
    return timeline([state()], bars, VIEWER).rows[0].pieces


def test_now_is_in_the_middle_and_each_side_is_a_day():
    assert timeline([], [], VIEWER).now == LABEL + HALF
    assert [each.x for each in pieces(bar(12 * HOUR), bar(DAY))] == [LABEL, LABEL + HALF / 2]


def test_a_bar_is_as_wide_as_its_run_was_long_and_never_too_thin():
    assert [each.width for each in pieces(bar(12 * HOUR, 6 * HOUR))] == [HALF / 4]
    assert [each.width for each in pieces(bar(12 * HOUR))] == [THINNEST]


def test_what_began_before_the_last_day_or_goes_on_is_cut_at_the_edges():
    (before,) = pieces(bar(30 * HOUR, 18 * HOUR))
    assert (before.x, before.width) == (LABEL, HALF / 2)
    (now,) = pieces(bar(12 * HOUR, None, Status.RUNNING))
    assert now.x + now.width == LABEL + HALF


def test_runs_that_would_cover_each_other_are_one_bar_with_their_number():
    (piece,) = pieces(*(bar(HOUR + MINUTE * number / 2) for number in range(5)))
    assert piece.count == 5


def test_a_failure_is_not_merged_with_successes_and_is_drawn_last():
    drawn = pieces(bar(HOUR, status=Status.FAILED), bar(HOUR), bar(HOUR + MINUTE))
    assert [(each.status, each.count) for each in drawn] == [("succeeded", 2), ("failed", 1)]


def test_due_times_of_the_next_day_are_marked():
    (row,) = timeline([state()], [], VIEWER).rows
    assert len(row.marks) == 24
    assert row.marks[-1] == WIDTH
    assert row.path.endswith(f"M{float(WIDTH)} 28v7")


def test_a_paused_job_is_not_due():
    (row,) = timeline([state(paused=True)], [], VIEWER).rows
    assert row.marks == ()


def test_bars_of_jobs_that_are_not_shown_are_left_out():
    drawn = timeline([state(f"job.n{number}") for number in range(ROWS + 3)], [bar(name="gone.job")], VIEWER)
    assert (len(drawn.rows), drawn.left_out) == (ROWS, 3)
    assert all(row.pieces == () for row in drawn.rows)


def test_every_sixth_hour_of_the_viewer_has_a_line():
    ticks = timeline([], [], VIEWER).ticks
    assert [tick.text for tick in ticks] == ["18:00", "00:00", "06:00", "12:00"] * 2
    assert NOON.astimezone(VIEWER.zone).hour == 13
