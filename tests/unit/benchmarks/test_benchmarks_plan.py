"""The plan of the benchmarks: peers take turns, and what the targets need is measured."""

from dataclasses import replace

import pytest

from benchmarks.load import Load
from benchmarks.measures import MEASURES
from benchmarks.names import AGAINST, FIGURES, OURS, PEERS
from benchmarks.plan import FULL, HEARTBEAT, SHORT, Step, chosen, turns
from benchmarks.results import Sample
from benchmarks.summary import summarize
from docassemble.Scheduler.core.settings import Settings
from tests.unit.benchmarks import measured

FORMS = {"short": SHORT, "full": FULL}


def test_peers_take_turns_round_after_round_and_a_step_ends_when_its_rounds_are_over():
    once = Step("idle", "0 jobs", Load(jobs=0), ("docassemble",), 1, 1)
    twice = Step("cost", "60 jobs/s", Load(jobs=60, every=1), ("scheduler", "rq"), 1, 2)
    order = [(turn.round, turn.steps[0].measure, turn.peer) for turn in turns((once, twice))]
    assert order == [
        (1, "idle", "docassemble"),
        (1, "cost", "scheduler"),
        (1, "cost", "rq"),
        (2, "cost", "scheduler"),
        (2, "cost", "rq"),
    ]


def test_a_peer_is_started_once_for_all_that_is_measured_under_a_load():
    load = Load(jobs=60, every=1)
    cost = Step("cost", "60 jobs/s", load, ("scheduler", "rq"), 1, 1)
    site = Step("site", "60 jobs/s", load, ("rq", "scheduler"), 1, 1)
    idle = Step("idle", "0 jobs", Load(jobs=0), ("docassemble",), 1, 1)
    shown = [
        (turn.peer, turn.is_beside, [step.measure for step in turn.steps])
        for turn in turns((cost, idle, site))
    ]
    assert shown == [
        ("scheduler", False, ["cost", "site"]),
        ("rq", False, ["cost"]),
        ("rq", True, ["site"]),
        ("docassemble", False, ["idle"]),
    ]


@pytest.mark.parametrize("form", FORMS)
def test_every_step_is_a_measure_of_peers_that_have_a_title(form):
    assert {step.measure for step in FORMS[form]} <= set(MEASURES)
    assert {peer for step in FORMS[form] for peer in step.peers} <= set(PEERS)


@pytest.mark.parametrize("form", FORMS)
def test_another_checkout_takes_its_turn_right_after_this_one(form):
    order = [(turn.peer, turn.round, turn.steps) for turn in turns(FORMS[form])]
    ours = [index for index, (peer, *_) in enumerate(order) if peer == OURS]
    assert [order[index + 1] for index in ours] == [(AGAINST, *order[index][1:]) for index in ours]


@pytest.mark.parametrize("form", FORMS)
def test_what_is_measured_of_this_package_is_measured_in_three_rounds_at_least(form):
    assert [step for step in FORMS[form] if OURS in step.peers and step.rounds < 3] == []


def test_a_heartbeat_takes_as_long_as_the_default_of_the_package():
    assert Settings().heartbeat.total_seconds() == HEARTBEAT


@pytest.mark.parametrize("form", FORMS)
def test_each_window_holds_whole_heartbeats(form):
    windows = [step for step in FORMS[form] if step.measure != "boot"]
    assert [step for step in windows if step.seconds % HEARTBEAT] == []


COST = Step("cost", "60 jobs/s", Load(jobs=60, every=1), ("scheduler", "rq"), 1, 2)
BOOT = Step("boot", "0 jobs", Load(jobs=0), ("docassemble",), 1, 2)


@pytest.mark.parametrize(
    ("peers", "measures", "kept"),
    [
        ((), (), (COST, BOOT)),
        (("rq",), (), (replace(COST, peers=("rq",)),)),
        ((), ("boot",), (BOOT,)),
        (("rq", "docassemble"), ("boot", "idle"), (BOOT,)),
    ],
    ids=["everything", "one peer", "one measure", "both"],
)
def test_peers_and_measures_can_be_chosen(peers, measures, kept):
    assert chosen((COST, BOOT), peers, measures) == kept


def test_all_measures_are_in_the_full_form():
    assert {step.measure for step in FULL} == set(MEASURES)


def test_docassemble_alone_is_measured_before_what_is_compared_with_it():
    first = FULL[0]
    assert (first.measure, first.load.jobs, first.peers[0]) == ("idle", 0, "docassemble")


@pytest.mark.parametrize("step", FULL, ids=lambda step: f"{step.measure} {step.title}")
def test_what_remembers_no_more_than_64_jobs_is_not_asked_for_more(step):
    assert step.load.jobs <= 64 or not {"uwsgi", "former"} & set(step.peers)


def test_every_target_is_measured_by_the_full_form():
    figures = dict.fromkeys(FIGURES, 1.0)
    samples = [
        Sample(step.measure, turn.peer, step.title, turn.round, figures)
        for turn in turns(FULL)
        for step in turn.steps
    ]
    summary = summarize(measured.results(*samples))
    assert [target.what for target in summary.targets if target.reached is None] == []
