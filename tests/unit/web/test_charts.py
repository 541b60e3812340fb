"""The charts of a job: how long its runs took, how late they began."""

from dataclasses import replace
from datetime import timedelta

from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.store.records import RunRecord
from docassemble.Scheduler.web.dashboard.jobs.charts import HEIGHT, RUNS, duration_chart, lateness_chart
from tests.unit.web.views import MINUTE, NOON, VIEWER, job_html, state

SECOND = timedelta(seconds=1)


def run(number, took=SECOND, late=SECOND, **fields):
    due = NOON - number * MINUTE
    given = {"status": Status.SUCCEEDED, "trigger": Trigger.SCHEDULE, **fields}
    return RunRecord(
        id=f"{number:032}",
        job="a.job",
        due=due,
        attempt=1,
        claimed=due,
        started=due + late,
        finished=due + late + took,
        **given,
    )


def test_the_newest_run_is_on_the_right_and_the_longest_has_the_full_height():
    chart = duration_chart([run(1, 2 * SECOND), run(2, 8 * SECOND), run(3, SECOND)], VIEWER)
    assert [bar.id for bar in chart.bars] == [f"{number:032}" for number in (3, 2, 1)]
    assert chart.bars[-1].x + chart.bars[-1].width <= chart.width
    assert [bar.height for bar in chart.bars][1] == HEIGHT
    assert (chart.number, chart.median, chart.most) == (3, "2.0 s", "8.0 s")


def test_what_did_not_run_is_not_drawn_and_too_few_runs_say_nothing():
    going_on = replace(run(1), finished=None, status=Status.RUNNING)
    assert duration_chart([going_on, run(2)], VIEWER) is None


def test_only_what_the_schedule_has_caused_can_be_late():
    by_hand = run(1, late=100 * SECOND, trigger=Trigger.MANUAL)
    chart = lateness_chart([by_hand, run(2), run(3, late=-SECOND)], VIEWER)
    assert (chart.number, chart.most) == (2, "1.0 s")


def test_a_chart_has_at_most_so_many_runs_and_copes_with_none_that_took_time():
    chart = duration_chart([run(number, timedelta()) for number in range(1, RUNS + 50)], VIEWER)
    assert chart.number == RUNS
    assert min(bar.x for bar in chart.bars) == 0


def test_the_page_says_in_words_what_a_chart_shows():
    chart = duration_chart([run(1), run(2)], VIEWER)
    html = job_html(state(), charts=(chart, None))
    assert 'aria-label="How long its runs took. 2 runs: median 1.0 s, at most 1.0 s"' in html
