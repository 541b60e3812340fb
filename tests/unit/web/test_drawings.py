"""The sparkline of the last runs."""

from datetime import timedelta

from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.web.dashboard.jobs.drawings import (
    HEIGHT,
    LOWEST,
    STEP,
    sparkline,
)
from tests.unit.web.views import HOUR, MINUTE, VIEWER, bar


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
    assert drawn.rectangles[1].title == "Mar 2, 2026, 12:00:00"


def test_it_counts_what_it_shows():
    drawn = sparkline([bar(), bar(HOUR), bar(2 * HOUR, status=Status.FAILED)], VIEWER)
    assert drawn.counts == [("succeeded", 2), ("failed", 1)]


def test_bars_of_a_tone_are_one_line_of_svg():
    drawn = sparkline([bar(), bar(HOUR), bar(2 * HOUR, status=Status.FAILED)], VIEWER)
    assert drawn.paths == {"bad": "M104 24v-24", "good": "M110 24v-24M116 24v-24"}


def test_no_more_than_there_is_room_for():
    assert len(sparkline([bar(MINUTE * number) for number in range(1, 40)], VIEWER).rectangles) == 20
    assert sparkline([], VIEWER).rectangles == []
