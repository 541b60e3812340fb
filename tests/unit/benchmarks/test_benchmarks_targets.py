"""The targets: which figure of ours is compared with what."""

import pytest

from benchmarks.names import OURS
from benchmarks.results import Sample
from benchmarks.summary import summarize
from benchmarks.targets import Target
from tests.unit.benchmarks.measured import EVERYTHING, results, sample

COST = ("cost", "60 jobs/s", "cpu_us_per_run")


def target(what: str, *samples: Sample) -> Target:
    """Return the target whose words contain this."""
    (found,) = (
        each for each in summarize(results(*samples)).targets if what in f"{each.what}, {each.bound or 'set'}"
    )
    return found


def test_what_was_measured_is_compared():
    reached = {each.what: each.reached for each in summarize(EVERYTHING).targets if each.reached is not None}
    assert reached == {
        "lateness of one job, p99": True,
        "lateness of one job each minute": False,
        "lateness of 60 jobs due together, p50": True,
        "lateness of 60 jobs due together, p99": True,
        "CPU time of a run": True,
        "memory that 10,000 jobs add": True,
        "CPU time that 10,000 jobs take while none is due": True,
        "sign-in page with 60 jobs a second, p99": True,
        "60 jobs a second beside the sign-in page": True,
    }


def test_without_samples_no_target_is_measured():
    assert {each.reached for each in summarize(results()).targets} == {None}


@pytest.mark.parametrize(
    ("what", "figure", "good", "bad"),
    [
        ("one job, p99", ("lateness", "1 job", "p99_ms"), 3.2, 3.3),
        ("each minute", ("lateness", "each minute", "p99_ms"), 1.6, 1.7),
        ("beside the sign-in page", ("site", "60 jobs/s", "runs_per_s"), 59, 58),
    ],
)
def test_some_limits_are_numbers(what, figure, good, bad):
    measure, load, name = figure
    for value, reached in ((good, True), (bad, False)):
        assert target(what, sample(measure, OURS, load, **{name: value})).reached is reached


@pytest.mark.parametrize(
    ("what", "measure", "name", "good", "bad"),
    [
        ("boot", "boot", "boot_cpu_s", 0.6, 0.7),
        ("memory", "idle", "memory_MB", 26, 26.5),
        ("CPU time that 10,000 jobs take", "idle", "cpu_s_per_hour", 3.5, 3.75),
    ],
)
def test_ten_thousand_jobs_add_little(what, measure, name, good, bad):
    alone = sample(measure, "docassemble", "0 jobs", **{name: 0})
    for value, reached in ((good, True), (bad, False)):
        ours = sample(measure, OURS, "10000 jobs", **{name: value})
        assert target(what, alone, ours).reached is reached


@pytest.mark.parametrize(
    ("what", "peer", "figure", "good", "bad"),
    [
        ("p50, 0.7 x that of APS", "apscheduler", ("lateness", "60 jobs", "p50_ms"), 70, 71),
        ("together, p99, that of APS", "apscheduler", ("lateness", "60 jobs", "p99_ms"), 100, 101),
        ("p50, 0.1 x that of PgQueuer", "pgqueuer cron", ("lateness", "60 jobs", "p50_ms"), 10, 11),
        ("run, 0.8 x that of APS", "apscheduler", COST, 80, 81),
        ("run, that of PgQueuer", "pgqueuer cron", COST, 100, 101),
        ("run, 0.4 x that of procrastinate", "procrastinate", COST, 40, 41),
        ("run, that of Celery", "celery", COST, 100, 101),
        ("run, that of RQ", "rq", COST, 100, 101),
        ("run, 2 x that of", "former", COST, 200, 201),
        ("throughput", "apscheduler", ("throughput", "3000 jobs/s", "runs_per_s"), 100, 99),
        ("burst", "apscheduler", ("burst", "1000 jobs", "last_s"), 100, 101),
    ],
)
def test_other_limits_are_so_many_times_the_figure_of_a_peer(what, peer, figure, good, bad):
    measure, load, name = figure
    theirs = sample(measure, peer, load, **{name: 100})
    for value, reached in ((good, True), (bad, False)):
        assert target(what, theirs, sample(measure, OURS, load, **{name: value})).reached is reached


@pytest.mark.parametrize(
    ("what", "figure", "none", "good", "bad"),
    [
        ("history", ("history", "1000000 records", "cpu_us_per_run"), "0 records", 105, 106),
        ("sign-in page with", ("site", "60 jobs/s", "p99_ms"), "0 jobs/s", 110, 111),
    ],
)
def test_others_are_our_own_figure_under_another_load(what, figure, none, good, bad):
    measure, load, name = figure
    ours = sample(measure, OURS, none, **{name: 100})
    for value, reached in ((good, True), (bad, False)):
        assert target(what, ours, sample(measure, OURS, load, **{name: value})).reached is reached


def test_costs_under_another_load_are_not_compared():
    samples = [
        sample("cost", OURS, "60 jobs/s", cpu_us_per_run=2000),
        sample("cost", "rq", "1 job", cpu_us_per_run=9000),
    ]
    assert target("run, that of RQ", *samples).reached is None
