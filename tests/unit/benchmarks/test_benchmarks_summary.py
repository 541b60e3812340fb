"""Medians over the rounds, ratios to ours, what is added to docassemble alone; and the targets."""

import pytest

from benchmarks.figure import Figure
from benchmarks.results import Sample
from benchmarks.summary import summarize
from benchmarks.targets import Target
from tests.unit.benchmarks.measured import EVERYTHING, results, sample


def figure(peer: str, *samples: Sample) -> Figure:
    """Return the only figure of a peer."""
    (found,) = (each for each in summarize(results(*samples)).figures if each.peer == peer)
    return found


def target(what: str, *samples: Sample) -> Target:
    """Return the target whose words contain this."""
    (found,) = (
        each for each in summarize(results(*samples)).targets if what in f"{each.what}, {each.bound or 'set'}"
    )
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


def test_all_targets_that_can_be_are_reached():
    reached = [each.reached for each in summarize(EVERYTHING).targets]
    #: Celery, RQ and the release before have no costs there
    assert reached == [True, True, True, None, None, None, True, True, True, True]


def test_without_samples_no_target_is_measured():
    assert {each.reached for each in summarize(results()).targets} == {None}


LATENESS = "lateness of one job, p99, "
COST = "CPU time of a run, "


@pytest.mark.parametrize(
    ("what", "ours", "reached"),
    [("that of APS", 3, True), ("that of APS", 3.1, False), ("set", 4.9, True), ("set", 5, False)],
)
def test_one_job_is_no_later_than_that_of_apscheduler_and_less_than_5_ms(what, ours, reached):
    assert target(LATENESS + what, *rounds("scheduler", ours), *rounds("apscheduler", 3)).reached is reached


@pytest.mark.parametrize(("peer", "title"), [("apscheduler", "APS"), ("celery", "Celery"), ("rq", "RQ")])
@pytest.mark.parametrize(("theirs", "reached"), [(2001, True), (2000, False)])
def test_a_run_costs_less_than_one_of_each_durable_peer(peer, title, theirs, reached):
    samples = [
        sample("cost", "scheduler", "60 jobs/s", cpu_us_per_run=2000),
        sample("cost", peer, "60 jobs/s", cpu_us_per_run=theirs),
    ]
    assert target(f"{COST}that of {title}", *samples).reached is reached


@pytest.mark.parametrize(("theirs", "reached"), [(1000, True), (999, False)])
def test_a_run_costs_at_most_twice_what_it_did_in_the_release_before(theirs, reached):
    samples = [
        sample("cost", "scheduler", cpu_us_per_run=2000),
        sample("cost", "former", cpu_us_per_run=theirs),
    ]
    assert target(f"{COST}2 x", *samples).reached is reached


def test_costs_under_another_load_are_not_compared():
    samples = [
        sample("cost", "scheduler", "60 jobs/s", cpu_us_per_run=2000),
        sample("cost", "rq", "1 job", cpu_us_per_run=9000),
    ]
    assert target(f"{COST}that of RQ", *samples).reached is None


@pytest.mark.parametrize(
    ("what", "measure", "name", "good", "bad"),
    [
        ("boot", "boot", "boot_s", 0.99, 1),
        ("memory", "idle", "memory_MB", 29.5, 30),
        ("CPU time that 10,000", "idle", "cpu_s_per_hour", 3.5, 3.75),
    ],
)
def test_ten_thousand_jobs_add_little(what, measure, name, good, bad):
    alone = sample(measure, "docassemble", "0 jobs", **{name: 0})
    for value, reached in ((good, True), (bad, False)):
        ours = sample(measure, "scheduler", "10000 jobs", **{name: value})
        assert target(what, alone, ours).reached is reached


@pytest.mark.parametrize(("busy", "reached"), [(33, True), (33.1, False)])
def test_the_site_is_at_most_a_tenth_slower_with_jobs(busy, reached):
    samples = [
        sample("site", "scheduler", "0 jobs/s", p99_ms=30),
        sample("site", "scheduler", "60 jobs/s", p99_ms=busy),
    ]
    assert target("sign-in page", *samples).reached is reached
