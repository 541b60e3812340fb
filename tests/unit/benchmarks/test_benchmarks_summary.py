"""Medians over the rounds, ratios to ours, and what is added to docassemble alone."""

import pytest

from benchmarks.figure import Figure
from benchmarks.results import Sample
from benchmarks.summary import summarize
from tests.unit.benchmarks.measured import EVERYTHING, results, sample


def figure(peer: str, *samples: Sample) -> Figure:
    """Return the only figure of a peer."""
    (found,) = (each for each in summarize(results(*samples)).figures if each.peer == peer)
    return found


def rounds(peer: str, *values: float, measure: str = "lateness") -> list[Sample]:
    return [sample(measure, peer, number=number, p99_ms=value) for number, value in enumerate(values, 1)]


def test_a_figure_is_the_median_of_the_rounds():
    found = figure("rq", *rounds("rq", 9, 1, 2))
    assert (found.median, found.low, found.high, found.rounds) == (2, 1, 9, 3)


def test_the_ratio_is_that_of_the_medians():
    samples = [*rounds("rq", 9, 6, 2), *rounds("scheduler", 3, 4, 5)]
    assert figure("rq", *samples).ratio == 1.5
    assert figure("scheduler", *samples).ratio == 1


@pytest.mark.parametrize(
    "ours",
    [
        [],
        [sample("lateness", "scheduler", "60 jobs", p99_ms=1)],
        [sample("cost", "scheduler", p99_ms=1)],
        [sample("lateness", "scheduler", max_ms=1)],
        rounds("scheduler", 0, 1, 2),
    ],
    ids=["not measured", "another load", "another measure", "another figure", "not told from zero"],
)
def test_there_is_no_ratio_without_a_figure_of_ours_that_it_could_be_to(ours):
    assert figure("rq", *rounds("rq", 5), *ours).ratio is None


def test_a_figure_of_zero_has_no_ratio():
    assert figure("uwsgi", *rounds("uwsgi", 0), *rounds("scheduler", 2)).ratio is None


def test_what_runs_in_docassemble_counts_with_what_it_adds():
    samples = [
        sample("idle", "docassemble", "10 jobs", memory_MB=400),
        sample("idle", "scheduler", "10 jobs", memory_MB=406),
    ]
    ours = figure("scheduler", *samples)
    assert (ours.median, ours.added) == (6, True)
    alone = figure("docassemble", *samples)
    assert (alone.median, alone.added, alone.ratio) == (400, False, None)


def test_the_release_before_is_compared_with_its_own_docassemble():
    samples = [
        sample("boot", "docassemble", "0 jobs", boot_s=12),
        sample("boot", "docassemble 1.9", "0 jobs", boot_s=10),
        sample("boot", "former", boot_s=11),
    ]
    assert figure("former", *samples).median == 1


def test_what_is_added_is_added_to_docassemble_in_the_same_round():
    alone = [sample("boot", "docassemble", "0 jobs", number, boot_s=10 * number) for number in (1, 2)]
    ours = [sample("boot", "scheduler", number=number, boot_s=10 * number + 1) for number in (1, 2)]
    found = figure("scheduler", *alone, *ours)
    assert (found.low, found.high) == (1, 1)


def test_what_is_added_is_the_difference_to_docassemble_with_the_same_jobs_in_its_configuration():
    summary = summarize(
        results(
            sample("boot", "docassemble", "0 jobs", boot_s=8),
            sample("boot", "docassemble", "10000 jobs", boot_s=12),
            sample("boot", "scheduler", "1000 jobs", boot_s=8.5),
            sample("boot", "scheduler", "10000 jobs", boot_s=12.75),
        )
    )
    ours = [figure.median for figure in summary.figures if figure.peer == "scheduler"]
    assert ours == [0.5, 0.75]


def test_a_round_without_docassemble_alone_takes_the_median_of_the_others():
    alone = [
        sample("boot", "docassemble", "0 jobs", number, boot_s=value) for number, value in ((1, 9), (2, 11))
    ]
    assert figure("scheduler", *alone, sample("boot", "scheduler", number=3, boot_s=12)).median == 2


def test_what_is_added_is_unknown_if_docassemble_alone_was_not_measured():
    assert summarize(results(sample("idle", "scheduler", memory_MB=400))).figures == ()


def test_what_is_measured_of_the_site_is_not_a_difference():
    samples = [sample("site", "docassemble", p99_ms=30), sample("site", "scheduler", p99_ms=31)]
    assert figure("scheduler", *samples).median == 31


def test_figures_come_in_the_order_of_the_page():
    figures = summarize(results(*reversed(EVERYTHING.samples))).figures
    assert figures == summarize(EVERYTHING).figures
    assert [each.load for each in figures[:12:3]] == ["1 job", "60 jobs", "1000 jobs", "each minute"]
    assert figures[0].peer == "scheduler"
